#ifndef CPEER_H
#define CPEER_H

#include <stddef.h>

/* The same arithmetic by libcrypto alone, without any parsing, copying or checking around it. */
typedef struct peer peer;

/* Makes a key on a curve, named as libcrypto names it, and a signature over 48 bytes. NULL where libcrypto fails. */
peer *peer_new(const char *curve);
void peer_free(peer *peer);

/* Verifies the signature. 1 if it is right. */
int peer_verify(peer *peer);

/* What PACE with Generic Mapping costs a terminal: two products with the generator, three with other points. 1 if done. */
int peer_pace(peer *peer);

/* The signatures of a document, ready to be verified: keys decoded, signed bytes and signatures laid out. */
typedef struct chain chain;

/* Takes the SignedData of an EF.SOD (without tag 77) with one signer, whose certificate is inside, and the certificate of the
   CSCA. NULL where libcrypto cannot read them. */
chain *chain_new(const unsigned char *cms, size_t cms_count, const unsigned char *csca, size_t csca_count);
void chain_free(chain *chain);

/* Verifies the signer's signature over the signed attributes (0) or the CSCA's over the document signer (1). 1 if right. */
int chain_verify(const chain *chain, int which);

#endif
