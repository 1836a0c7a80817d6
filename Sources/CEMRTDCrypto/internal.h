// Shared by the C files of this target; not visible outside.
#pragma once

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "CEMRTDCrypto.h"

// The longest block of the ciphers here, in bytes.
#define EMRTD_MAX_BLOCK 16
// The longest RSA modulus accepted, in bytes (8192 bits): bounds the time of one verification.
#define EMRTD_MAX_MODULUS 1024
// The longest file that is looked at for a private key.
#define EMRTD_MAX_KEY_FILE 65536

#if defined(__clang__)
#pragma clang assume_nonnull begin
#endif

const EVP_MD *EMRTD_NULLABLE emrtd_md(emrtd_digest_id id);
const EVP_CIPHER *EMRTD_NULLABLE emrtd_evp_cipher(emrtd_cipher_id id, int cbc);
const char *EMRTD_NULLABLE emrtd_group_name(int parameter_id);
int emrtd_group_nid(int parameter_id);
const EC_GROUP *emrtd_curve_group(const emrtd_curve *curve);
// Reads a point into a new one; *out may be set even where the point is refused.
emrtd_status emrtd_read_point(const emrtd_curve *curve, const uint8_t *in, size_t count, BN_CTX *ctx,
                              EC_POINT *EMRTD_NULLABLE *EMRTD_NULLABLE out);
// Writes a number with leading zeros; 1 where it fits.
int emrtd_write_number(const BIGNUM *number, uint8_t *out, size_t count);
void emrtd_alive_add(int difference);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif
