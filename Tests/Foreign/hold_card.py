#!/usr/bin/python3
"""Another program that gets hold of a card: connects with pyscard, says so, and lets go when its standard input ends.

    hold_card.py exclusive|transaction|reset READER

"exclusive" connects in exclusive mode, "transaction" in shared mode with a transaction begun. "reset" connects in shared
mode and resets the card once for each line it reads.
"""

import sys

from smartcard.scard import (
    SCARD_LEAVE_CARD,
    SCARD_PROTOCOL_T0,
    SCARD_PROTOCOL_T1,
    SCARD_RESET_CARD,
    SCARD_SCOPE_SYSTEM,
    SCARD_SHARE_EXCLUSIVE,
    SCARD_SHARE_SHARED,
    SCardBeginTransaction,
    SCardConnect,
    SCardDisconnect,
    SCardEndTransaction,
    SCardEstablishContext,
    SCardGetErrorMessage,
    SCardReconnect,
    SCardReleaseContext,
)


def check(result):
    status, *values = result if isinstance(result, (list, tuple)) else (result,)
    if status != 0:
        sys.exit(f"hold_card.py: {SCardGetErrorMessage(status)}")
    return values


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("exclusive", "transaction", "reset"):
        sys.exit(__doc__)
    how, reader = sys.argv[1:]
    mode = SCARD_SHARE_EXCLUSIVE if how == "exclusive" else SCARD_SHARE_SHARED
    protocols = SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1
    (context,) = check(SCardEstablishContext(SCARD_SCOPE_SYSTEM))
    card, _ = check(SCardConnect(context, reader, mode, protocols))
    if how == "transaction":
        check(SCardBeginTransaction(card))
    print("holding", flush=True)
    for _ in sys.stdin:
        if how == "reset":
            check(SCardReconnect(card, SCARD_SHARE_SHARED, protocols, SCARD_RESET_CARD))
            print("reset", flush=True)
    if how == "transaction":
        check(SCardEndTransaction(card, SCARD_LEAVE_CARD))
    check(SCardDisconnect(card, SCARD_LEAVE_CARD))
    check(SCardReleaseContext(context))


main()
