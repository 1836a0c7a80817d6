"""A card over PC/SC by pyscard, for the Python readers here."""

import sys
import time

from smartcard.Exceptions import CardConnectionException, NoCardException
from smartcard.scard import SCARD_SHARE_SHARED
from smartcard.System import readers


class CardError(Exception):
    """The card or the reader refused."""


class Card:
    """The card in the first reader, or in the one whose name contains `name`; waits up to `seconds` for it."""

    def __init__(self, name="", seconds=10):
        deadline = time.monotonic() + seconds
        while True:
            for reader in readers():
                if name not in str(reader):
                    continue
                connection = reader.createConnection()
                try:
                    connection.connect(mode=SCARD_SHARE_SHARED)
                except (NoCardException, CardConnectionException):
                    continue
                self.connection = connection
                return
            if time.monotonic() > deadline:
                raise CardError("no card in time")
            time.sleep(0.05)

    def transmit(self, apdu):
        """The response to a command, status word included."""
        data, sw1, sw2 = self.connection.transmit(list(apdu))
        return bytes(data) + bytes([sw1, sw2])

    def expect(self, command, *statuses):
        """The data of the response to a plain command, whose status word must be one of those given, or 9000."""
        response = self.transmit(command.encode())
        status = int.from_bytes(response[-2:], "big")
        if status not in (statuses or (0x9000,)):
            raise CardError(f"{command.header.hex().upper()} answered {status:04X}")
        return response[:-2]


def run(main):
    """Runs a reader; its errors end the program with status 1 and one line."""
    try:
        main()
    except Exception as error:  # a test program: whatever went wrong is the finding
        print(f"{sys.argv[0]}: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)
