// The C seam of swift-emrtd: the only code that calls libcrypto.
//
// Every function is free of globals and may be called from any thread, as long as one context is used by one thread at a
// time. Integers (scalars, field elements, moduli) are big endian. Points are uncompressed (04 || X || Y, fixed width).
// Nothing here parses what a card sent: lengths have been checked by the caller, and are checked again where cheap.
#pragma once

#include <stddef.h>
#include <stdint.h>

#if defined(__clang__)
#pragma clang assume_nonnull begin
#define EMRTD_NULLABLE _Nullable
#else
#define EMRTD_NULLABLE
#endif

#ifdef __cplusplus
extern "C" {
#endif

// What a function returns.
typedef enum {
    EMRTD_OK = 0,
    EMRTD_INTERNAL = 1,  // libcrypto failed: out of memory, or an algorithm is not available
    EMRTD_INPUT = 2,     // a value is not acceptable: a point off the curve, a scalar out of range, a bad length
    EMRTD_PADDING = 3,   // decrypted data does not end in the padding it should have
    EMRTD_INVALID = 4,   // a signature is wrong or malformed
} emrtd_status;

typedef enum { EMRTD_SHA1 = 1, EMRTD_SHA224, EMRTD_SHA256, EMRTD_SHA384, EMRTD_SHA512 } emrtd_digest_id;

typedef enum { EMRTD_3DES = 1, EMRTD_AES128, EMRTD_AES192, EMRTD_AES256 } emrtd_cipher_id;

// --- secret.c: memory that is cleared when it is freed, and counted while it lives ---

typedef struct emrtd_secret emrtd_secret;
emrtd_secret *EMRTD_NULLABLE emrtd_secret_new(size_t count);
void emrtd_secret_free(emrtd_secret *EMRTD_NULLABLE secret);
uint8_t *emrtd_secret_bytes(emrtd_secret *secret);
size_t emrtd_secret_count(const emrtd_secret *secret);
// Secrets and keyed contexts alive in this process.
size_t emrtd_secrets_alive(void);

void emrtd_cleanse(void *bytes, size_t count);
// 1 when equal; the time taken does not depend on the contents.
int emrtd_equal(const uint8_t *a, const uint8_t *b, size_t count);
emrtd_status emrtd_random(uint8_t *out, size_t count);

// --- digest.c ---

size_t emrtd_digest_length(emrtd_digest_id id);
emrtd_status emrtd_digest(emrtd_digest_id id, const uint8_t *EMRTD_NULLABLE in, size_t count, uint8_t *out);
// KDF of Doc 9303-11, 9.7.1: out = the first `out_count` bytes of H(secret || counter as 4 bytes).
emrtd_status emrtd_kdf(emrtd_digest_id id, const uint8_t *secret, size_t count, uint32_t counter, uint8_t *out,
                       size_t out_count);
// Sets odd parity in every byte, as DES keys are printed (Doc 9303-11, 9.7.1.1).
void emrtd_des_parity(uint8_t *key, size_t count);

// --- cipher.c ---

size_t emrtd_cipher_key_length(emrtd_cipher_id id);
size_t emrtd_cipher_block_length(emrtd_cipher_id id);
// CBC over whole blocks without padding; iv NULL is all zeros.
emrtd_status emrtd_cbc(emrtd_cipher_id id, int encrypt, const uint8_t *key, const uint8_t *EMRTD_NULLABLE iv,
                       const uint8_t *in, size_t count, uint8_t *out);

// MAC with a reusable key: retail MAC (ISO/IEC 9797-1 algorithm 3, DES) for EMRTD_3DES, AES-CMAC otherwise.
typedef struct emrtd_mac emrtd_mac;
emrtd_mac *EMRTD_NULLABLE emrtd_mac_new(emrtd_cipher_id id, const uint8_t *key);
void emrtd_mac_free(emrtd_mac *EMRTD_NULLABLE mac);
emrtd_status emrtd_mac_start(emrtd_mac *mac);
emrtd_status emrtd_mac_update(emrtd_mac *mac, const uint8_t *EMRTD_NULLABLE in, size_t count);
// Fills up to the block with padding method 2 (80 00 ...), always at least one byte.
emrtd_status emrtd_mac_pad(emrtd_mac *mac);
// Writes `out_count` bytes (at most a block). The retail MAC wants whole blocks, at least one, else EMRTD_INPUT.
emrtd_status emrtd_mac_finish(emrtd_mac *mac, uint8_t *out, size_t out_count);

// --- sm.c: secure messaging of Doc 9303-11, 9.8; contexts live as long as the session ---

typedef struct emrtd_sm emrtd_sm;
// ssc: a block of bytes (8 for 3DES, 16 for AES), or NULL for zero.
emrtd_sm *EMRTD_NULLABLE emrtd_sm_new(emrtd_cipher_id id, const uint8_t *kenc, const uint8_t *kmac,
                                      const uint8_t *EMRTD_NULLABLE ssc);
void emrtd_sm_free(emrtd_sm *EMRTD_NULLABLE sm);
// Adds one to the send sequence counter and makes the IV that belongs to it.
emrtd_status emrtd_sm_step(emrtd_sm *sm);
void emrtd_sm_ssc(const emrtd_sm *sm, uint8_t *out);
// Pads with method 2 and encrypts. out holds count rounded up to the next block, more than count.
emrtd_status emrtd_sm_encrypt(emrtd_sm *sm, const uint8_t *EMRTD_NULLABLE in, size_t count, uint8_t *out);
// Decrypts whole blocks and removes the padding; out holds count bytes, *out_count is what remains.
emrtd_status emrtd_sm_decrypt(emrtd_sm *sm, const uint8_t *in, size_t count, uint8_t *out, size_t *out_count);
// The 8-byte MAC over SSC || padded header || padded body, either of which may be empty.
emrtd_status emrtd_sm_mac(emrtd_sm *sm, const uint8_t *EMRTD_NULLABLE header, size_t header_count,
                          const uint8_t *EMRTD_NULLABLE body, size_t body_count, uint8_t *out);

// --- curve.c: the curves of Doc 9303-11 table 12, by parameter id 8 to 18 ---

typedef struct emrtd_curve emrtd_curve;
// Whether this libcrypto has the curve: builds of some systems leave curves out.
int emrtd_curve_is_available(int parameter_id);
emrtd_curve *EMRTD_NULLABLE emrtd_curve_new(int parameter_id);
void emrtd_curve_free(emrtd_curve *EMRTD_NULLABLE curve);
size_t emrtd_curve_field_length(const emrtd_curve *curve);
size_t emrtd_curve_order_length(const emrtd_curve *curve);
// p, a, b, Gx, Gy: field_length bytes each; n: order_length bytes.
emrtd_status emrtd_curve_values(const emrtd_curve *curve, uint8_t *p, uint8_t *a, uint8_t *b, uint8_t *gx, uint8_t *gy,
                                uint8_t *n);
// Reads an uncompressed or compressed point, checks that it is on the curve and not infinity, writes it uncompressed.
emrtd_status emrtd_curve_point(const emrtd_curve *curve, const uint8_t *in, size_t count, uint8_t *out);
// A uniform scalar in 1...n-1, order_length bytes.
emrtd_status emrtd_curve_random_scalar(const emrtd_curve *curve, uint8_t *out);
// out = scalar * base (base NULL: the standard generator). scalar: any length. EMRTD_INPUT where the result is infinity.
emrtd_status emrtd_curve_multiply(const emrtd_curve *curve, const uint8_t *EMRTD_NULLABLE base, const uint8_t *scalar,
                                  size_t scalar_count, uint8_t *out);
// Generic Mapping (Doc 9303-11, 4.4.3.3.1): out = s * G + H.
emrtd_status emrtd_curve_map_generic(const emrtd_curve *curve, const uint8_t *s, size_t s_count, const uint8_t *h,
                                     uint8_t *out);
// ECDH: the x coordinate of scalar * point, field_length bytes with leading zeros.
emrtd_status emrtd_curve_shared_secret(const emrtd_curve *curve, const uint8_t *point, const uint8_t *scalar,
                                       size_t scalar_count, uint8_t *out);

// Integrated Mapping (Doc 9303-11, 4.4.3.3.2 and B.2): the point that r mod p encodes. EMRTD_INPUT for the few r that encode
// none, and for secp224r1, whose prime is 1 mod 4.
emrtd_status emrtd_curve_map_integrated(const emrtd_curve *curve, const uint8_t *r, size_t r_count, uint8_t *out);
// dividend / divisor modulo the order, order_length bytes (Chip Authentication Mapping, 4.4.3.3.3).
emrtd_status emrtd_curve_quotient(const emrtd_curve *curve, const uint8_t *divisor, size_t divisor_count,
                                  const uint8_t *dividend, size_t dividend_count, uint8_t *out);

// --- dh.c: the prime field groups of Doc 9303-11 table 12 (RFC 5114), by parameter id 0 to 2 ---

typedef struct emrtd_dh emrtd_dh;
emrtd_dh *EMRTD_NULLABLE emrtd_dh_new(int parameter_id);
void emrtd_dh_free(emrtd_dh *EMRTD_NULLABLE dh);
// Bytes of p, which all elements have, and of q.
size_t emrtd_dh_length(const emrtd_dh *dh);
size_t emrtd_dh_order_length(const emrtd_dh *dh);
emrtd_status emrtd_dh_values(const emrtd_dh *dh, uint8_t *p, uint8_t *g, uint8_t *q);
// EMRTD_OK where the value is 2...p-2 and generates the subgroup of order q.
emrtd_status emrtd_dh_check(const emrtd_dh *dh, const uint8_t *value);
// A uniform scalar in 1...q-1, order_length bytes.
emrtd_status emrtd_dh_random_scalar(const emrtd_dh *dh, uint8_t *out);
// out = base^scalar (base NULL: the standard generator). EMRTD_INPUT where the result is 0 or 1. scalar: at most as long as p.
emrtd_status emrtd_dh_power(const emrtd_dh *dh, const uint8_t *EMRTD_NULLABLE base, const uint8_t *scalar,
                            size_t scalar_count, uint8_t *out);
// Generic Mapping: out = g^s * h mod p.
emrtd_status emrtd_dh_map_generic(const emrtd_dh *dh, const uint8_t *s, size_t s_count, const uint8_t *h, uint8_t *out);
// Integrated Mapping (4.4.3.3.2 and B.1): out = (r mod p)^((p - 1) / q) mod p.
emrtd_status emrtd_dh_map_integrated(const emrtd_dh *dh, const uint8_t *r, size_t r_count, uint8_t *out);

// --- public_key.c: keys that are decoded once; any number of threads may use one at the same time ---

typedef struct emrtd_ec_key emrtd_ec_key;
// Reads a point as emrtd_curve_point does. The curve must outlive the key.
emrtd_status emrtd_ec_key_new(const emrtd_curve *curve, const uint8_t *point, size_t count,
                              emrtd_ec_key *EMRTD_NULLABLE *EMRTD_NULLABLE out);
void emrtd_ec_key_free(emrtd_ec_key *EMRTD_NULLABLE key);
// The point, uncompressed.
emrtd_status emrtd_ec_key_point(const emrtd_ec_key *key, uint8_t *out);
// ECDSA. EMRTD_OK: the signature is right; EMRTD_INVALID: it is not.
emrtd_status emrtd_ec_key_verify(const emrtd_ec_key *key, const uint8_t *digest, size_t digest_count, const uint8_t *r,
                                 size_t r_count, const uint8_t *s, size_t s_count);

typedef struct emrtd_rsa_key emrtd_rsa_key;
// The modulus is odd and without leading zeros.
emrtd_status emrtd_rsa_key_new(const uint8_t *n, size_t n_count, const uint8_t *e, size_t e_count,
                               emrtd_rsa_key *EMRTD_NULLABLE *EMRTD_NULLABLE out);
void emrtd_rsa_key_free(emrtd_rsa_key *EMRTD_NULLABLE key);
// out = in^e mod n, both as long as the modulus. EMRTD_INPUT where in is not smaller than n.
emrtd_status emrtd_rsa_key_public(const emrtd_rsa_key *key, const uint8_t *in, uint8_t *out);
// RSASSA-PKCS1-v1_5. has_null 0: the AlgorithmIdentifier in the DigestInfo has no parameters at all.
emrtd_status emrtd_rsa_key_verify_pkcs1(const emrtd_rsa_key *key, emrtd_digest_id digest_id, int has_null,
                                        const uint8_t *digest, const uint8_t *signature, size_t signature_count);
emrtd_status emrtd_rsa_key_verify_pss(const emrtd_rsa_key *key, emrtd_digest_id digest_id, emrtd_digest_id mgf_id,
                                      size_t salt_count, const uint8_t *digest, const uint8_t *signature,
                                      size_t signature_count);

// --- private_key.c: keys of the simulator's chip and test PKI ---

typedef struct emrtd_private_key emrtd_private_key;
emrtd_private_key *EMRTD_NULLABLE emrtd_private_key_ec(int parameter_id, const uint8_t *scalar, size_t scalar_count,
                                                       const uint8_t *point, size_t point_count);
emrtd_private_key *EMRTD_NULLABLE emrtd_private_key_rsa_generate(size_t bits);
// Reads an unencrypted private key: PKCS #8, SEC 1 or PKCS #1, in PEM (the first private key of the text) or DER (nothing after
// it). NULL where there is none; *encrypted tells whether a password was asked for. The caller checks kind and numbers.
emrtd_private_key *EMRTD_NULLABLE emrtd_private_key_import(const uint8_t *bytes, size_t count, int is_pem, int *encrypted);
typedef enum { EMRTD_KEY_OTHER = 0, EMRTD_KEY_RSA, EMRTD_KEY_EC } emrtd_key_kind;
emrtd_key_kind emrtd_private_key_kind(const emrtd_private_key *key);
// EMRTD_OK where the private half belongs to the public one (and RSA primes are primes). Bound the size first.
emrtd_status emrtd_private_key_check(const emrtd_private_key *key);
typedef enum {
    EMRTD_EC_PRIME = 0, EMRTD_EC_A, EMRTD_EC_B, EMRTD_EC_ORDER, EMRTD_EC_COFACTOR,  // numbers
    EMRTD_EC_GENERATOR, EMRTD_EC_PUBLIC,                                            // encoded points
    EMRTD_EC_SCALAR,                                                                // the private number
} emrtd_ec_value;
// Writes one value of an EC key as it came; *count is its length, at most capacity.
emrtd_status emrtd_private_key_ec_value(const emrtd_private_key *key, emrtd_ec_value value, uint8_t *out, size_t *count,
                                        size_t capacity);
void emrtd_private_key_free(emrtd_private_key *EMRTD_NULLABLE key);
// Modulus and exponent; each buffer has room for capacity bytes.
emrtd_status emrtd_private_key_rsa_public(const emrtd_private_key *key, uint8_t *n, size_t *n_count, uint8_t *e,
                                          size_t *e_count, size_t capacity);
// ECDSA over a digest: r and s, order_length bytes each.
emrtd_status emrtd_private_key_ecdsa(const emrtd_private_key *key, const uint8_t *digest, size_t digest_count,
                                     uint8_t *r, uint8_t *s, size_t order_length);
// pss_salt_length < 0: PKCS#1 v1.5. out has room for the modulus.
emrtd_status emrtd_private_key_rsa_sign(const emrtd_private_key *key, emrtd_digest_id digest_id,
                                        emrtd_digest_id mgf_id, int pss_salt_length, const uint8_t *digest,
                                        uint8_t *out, size_t out_count);
// out = in^d mod n, without padding; both as long as the modulus.
emrtd_status emrtd_private_key_rsa_raw(const emrtd_private_key *key, const uint8_t *in, uint8_t *out, size_t count);

#ifdef __cplusplus
}
#endif

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif
