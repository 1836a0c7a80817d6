#ifndef CPEER_H
#define CPEER_H

/* The same arithmetic by libcrypto alone, without any parsing, copying or checking around it. */
typedef struct peer peer;

/* Makes a key on a curve, named as libcrypto names it, and a signature over 48 bytes. NULL where libcrypto fails. */
peer *peer_new(const char *curve);
void peer_free(peer *peer);

/* Verifies the signature. 1 if it is right. */
int peer_verify(peer *peer);

/* What PACE with Generic Mapping costs a terminal: two products with the generator, three with other points. 1 if done. */
int peer_pace(peer *peer);

#endif
