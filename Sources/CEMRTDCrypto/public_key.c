// Public keys that are decoded once and then used any number of times, from any thread: nothing in them changes any more.
//
// The ECDSA functions of libcrypto that take an EC_KEY are old ones; those that replace them build the curve anew for each
// key that is decoded, which takes a fifth of a verification on P-256.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <string.h>

#include "internal.h"

struct emrtd_ec_key {
    EC_KEY *key;
    const emrtd_curve *curve;
};

emrtd_status emrtd_ec_key_new(const emrtd_curve *curve, const uint8_t *point, size_t count, emrtd_ec_key **out) {
    *out = NULL;
    emrtd_ec_key *key = OPENSSL_zalloc(sizeof *key);
    BN_CTX *ctx = BN_CTX_new();
    EC_POINT *decoded = NULL;
    emrtd_status status = EMRTD_INTERNAL;
    if (key != NULL && ctx != NULL) status = emrtd_read_point(curve, point, count, ctx, &decoded);
    if (status == EMRTD_OK) {
        key->curve = curve;
        key->key = EC_KEY_new();
        if (key->key == NULL || EC_KEY_set_group(key->key, emrtd_curve_group(curve)) != 1 ||
            EC_KEY_set_public_key(key->key, decoded) != 1) {
            status = EMRTD_INTERNAL;
        }
    }
    EC_POINT_free(decoded);
    BN_CTX_free(ctx);
    if (status == EMRTD_OK) {
        *out = key;
    } else {
        emrtd_ec_key_free(key);
    }
    return status;
}

void emrtd_ec_key_free(emrtd_ec_key *key) {
    if (key == NULL) return;
    EC_KEY_free(key->key);
    OPENSSL_free(key);
}

emrtd_status emrtd_ec_key_point(const emrtd_ec_key *key, uint8_t *out) {
    size_t count = 1 + 2 * emrtd_curve_field_length(key->curve);
    return EC_POINT_point2oct(emrtd_curve_group(key->curve), EC_KEY_get0_public_key(key->key),
                              POINT_CONVERSION_UNCOMPRESSED, out, count, NULL) == count
               ? EMRTD_OK
               : EMRTD_INTERNAL;
}

// What it means that ECDSA_do_verify could not decide. A signature is wrong where its numbers are out of range, and where
// u1 G + u2 Q is infinity (SEC 1, 4.1.4, steps 1 and 5), which is so where e G + r Q is: both are computed here, since the
// reasons that libcrypto leaves do not tell them from a failure of its own, such as want of memory.
static emrtd_status undecided(const emrtd_ec_key *key, const uint8_t *digest, size_t digest_count,
                              const ECDSA_SIG *sig) {
    const EC_GROUP *group = emrtd_curve_group(key->curve);
    const BIGNUM *order = EC_GROUP_get0_order(group), *r = ECDSA_SIG_get0_r(sig), *s = ECDSA_SIG_get0_s(sig);
    if (BN_is_zero(r) || BN_is_zero(s) || BN_cmp(r, order) >= 0 || BN_cmp(s, order) >= 0) return EMRTD_INVALID;
    // As many of the digest's leftmost bits as the order has.
    const int bits = BN_num_bits(order), length = (bits + 7) / 8;
    const int used = (int)digest_count < length ? (int)digest_count : length;
    BIGNUM *e = BN_bin2bn(digest, used, NULL);
    EC_POINT *sum = EC_POINT_new(group);
    BN_CTX *ctx = BN_CTX_new();
    emrtd_status status = EMRTD_INTERNAL;
    if (e != NULL && sum != NULL && ctx != NULL && (8 * used <= bits || BN_rshift(e, e, 8 * used - bits) == 1) &&
        EC_POINT_mul(group, sum, e, EC_KEY_get0_public_key(key->key), r, ctx) == 1 &&
        EC_POINT_is_at_infinity(group, sum) == 1) {
        status = EMRTD_INVALID;
    }
    BN_CTX_free(ctx);
    EC_POINT_free(sum);
    BN_free(e);
    return status;
}

emrtd_status emrtd_ec_key_verify(const emrtd_ec_key *key, const uint8_t *digest, size_t digest_count, const uint8_t *r,
                                 size_t r_count, const uint8_t *s, size_t s_count) {
    if (r_count > 128 || s_count > 128 || digest_count > EVP_MAX_MD_SIZE) return EMRTD_INVALID;
    emrtd_status status = EMRTD_INTERNAL;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *br = BN_bin2bn(r, (int)r_count, NULL), *bs = BN_bin2bn(s, (int)s_count, NULL);
    if (sig != NULL && br != NULL && bs != NULL && ECDSA_SIG_set0(sig, br, bs) == 1) {
        br = NULL;
        bs = NULL;
        // libcrypto leaves a reason on its error queue for every wrong signature; the queue is the thread's, not ours.
        ERR_set_mark();
        const int answer = ECDSA_do_verify(digest, (int)digest_count, sig, key->key);
        status = answer == 1   ? EMRTD_OK
                 : answer == 0 ? EMRTD_INVALID
                               : undecided(key, digest, digest_count, sig);
        ERR_pop_to_mark();
    }
    BN_free(br);
    BN_free(bs);
    ECDSA_SIG_free(sig);
    return status;
}

struct emrtd_rsa_key {
    BIGNUM *n, *e;
    BN_MONT_CTX *mont;
    size_t count;  // bytes of the modulus
};

emrtd_status emrtd_rsa_key_new(const uint8_t *n, size_t n_count, const uint8_t *e, size_t e_count,
                               emrtd_rsa_key **out) {
    *out = NULL;
    if (n_count == 0 || n_count > EMRTD_MAX_MODULUS || e_count == 0 || e_count > n_count) return EMRTD_INPUT;
    if (n[0] == 0 || (n[n_count - 1] & 1) == 0) return EMRTD_INPUT;
    emrtd_rsa_key *key = OPENSSL_zalloc(sizeof *key);
    BN_CTX *ctx = BN_CTX_new();
    if (key != NULL) {
        key->count = n_count;
        key->n = BN_bin2bn(n, (int)n_count, NULL);
        key->e = BN_bin2bn(e, (int)e_count, NULL);
        key->mont = BN_MONT_CTX_new();
    }
    if (key != NULL && ctx != NULL && key->n != NULL && key->e != NULL && key->mont != NULL &&
        BN_MONT_CTX_set(key->mont, key->n, ctx) == 1) {
        *out = key;
    } else {
        emrtd_rsa_key_free(key);
    }
    BN_CTX_free(ctx);
    return *out != NULL ? EMRTD_OK : EMRTD_INTERNAL;
}

void emrtd_rsa_key_free(emrtd_rsa_key *key) {
    if (key == NULL) return;
    BN_MONT_CTX_free(key->mont);
    BN_free(key->n);
    BN_free(key->e);
    OPENSSL_free(key);
}

// y = x^e mod n. Nearly all exponents are 65537, for which 17 products do without the window of the general function.
static int power(const emrtd_rsa_key *key, BIGNUM *y, const BIGNUM *x, BN_CTX *ctx) {
    if (!BN_is_word(key->e, 65537)) return BN_mod_exp_mont(y, x, key->e, key->n, ctx, key->mont);
    if (BN_to_montgomery(y, x, key->mont, ctx) != 1) return 0;
    for (int i = 0; i < 16; i++) {
        if (BN_mod_mul_montgomery(y, y, y, key->mont, ctx) != 1) return 0;
    }
    // One factor in Montgomery form and one not: the product is not.
    return BN_mod_mul_montgomery(y, y, x, key->mont, ctx);
}

// signature^e mod n as a number that the caller frees, NULL unless the status is OK.
static emrtd_status recovered(const emrtd_rsa_key *key, const uint8_t *in, BIGNUM **out) {
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *x = BN_bin2bn(in, (int)key->count, NULL), *y = BN_new();
    emrtd_status status = EMRTD_INTERNAL;
    if (ctx != NULL && x != NULL && y != NULL) {
        if (BN_cmp(x, key->n) >= 0) {
            status = EMRTD_INPUT;
        } else if (power(key, y, x, ctx) == 1) {
            status = EMRTD_OK;
        }
    }
    BN_free(x);
    BN_CTX_free(ctx);
    if (status != EMRTD_OK) {
        BN_free(y);
        y = NULL;
    }
    *out = y;
    return status;
}

emrtd_status emrtd_rsa_key_public(const emrtd_rsa_key *key, const uint8_t *in, uint8_t *out) {
    BIGNUM *y = NULL;
    emrtd_status status = recovered(key, in, &y);
    if (status == EMRTD_OK && BN_bn2binpad(y, out, (int)key->count) != (int)key->count) status = EMRTD_INTERNAL;
    BN_free(y);
    return status;
}

// The encoded message of a signature: as long as the modulus (RFC 8017, 8.1.2 and 8.2.2, steps 1 and 2).
static emrtd_status recover(const emrtd_rsa_key *key, const uint8_t *signature, size_t count, uint8_t *out) {
    if (count != key->count) return EMRTD_INVALID;
    emrtd_status status = emrtd_rsa_key_public(key, signature, out);
    return status == EMRTD_INPUT ? EMRTD_INVALID : status;
}

// The DER of DigestInfo before the digest (RFC 8017, 9.2, notes 1 and 2). The one without the NULL differs in two lengths.
static size_t digest_info(emrtd_digest_id id, int has_null, uint8_t *out) {
    static const uint8_t sha1[] = {0x2B, 0x0E, 0x03, 0x02, 0x1A};
    uint8_t sha2[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x00};
    const uint8_t *oid = sha2;
    size_t oid_count = sizeof sha2, count = 0;
    switch (id) {
    case EMRTD_SHA1:
        oid = sha1;
        oid_count = sizeof sha1;
        break;
    case EMRTD_SHA256: sha2[8] = 1; break;
    case EMRTD_SHA384: sha2[8] = 2; break;
    case EMRTD_SHA512: sha2[8] = 3; break;
    case EMRTD_SHA224: sha2[8] = 4; break;
    }
    size_t algorithm = 2 + oid_count + (has_null ? 2 : 0), digest = emrtd_digest_length(id);
    out[count++] = 0x30;
    out[count++] = (uint8_t)(2 + algorithm + 2 + digest);
    out[count++] = 0x30;
    out[count++] = (uint8_t)algorithm;
    out[count++] = 0x06;
    out[count++] = (uint8_t)oid_count;
    memcpy(out + count, oid, oid_count);
    count += oid_count;
    if (has_null) {
        out[count++] = 0x05;
        out[count++] = 0x00;
    }
    out[count++] = 0x04;
    out[count++] = (uint8_t)digest;
    return count;
}

emrtd_status emrtd_rsa_key_verify_pkcs1(const emrtd_rsa_key *key, emrtd_digest_id digest_id, int has_null,
                                        const uint8_t *digest, const uint8_t *signature, size_t signature_count) {
    uint8_t expected[EMRTD_MAX_MODULUS], info[32];
    size_t digest_count = emrtd_digest_length(digest_id);
    if (digest_count == 0) return EMRTD_INPUT;
    size_t info_count = digest_info(digest_id, has_null, info);
    // At least eight bytes of padding (9.2, step 3).
    if (key->count < info_count + digest_count + 11 || signature_count != key->count) return EMRTD_INVALID;
    // What should be there is encoded and compared whole; nothing of what is there is parsed (Bleichenbacher's forgery).
    size_t padding = key->count - info_count - digest_count - 3;
    expected[0] = 0;
    expected[1] = 1;
    memset(expected + 2, 0xFF, padding);
    expected[2 + padding] = 0;
    memcpy(expected + 3 + padding, info, info_count);
    memcpy(expected + 3 + padding + info_count, digest, digest_count);
    BIGNUM *found = NULL, *wanted = BN_bin2bn(expected, (int)key->count, NULL);
    emrtd_status status = wanted == NULL ? EMRTD_INTERNAL : recovered(key, signature, &found);
    // As numbers: both are below 256^count, so that equal numbers are equal strings of this length.
    if (status == EMRTD_OK && BN_cmp(found, wanted) != 0) status = EMRTD_INVALID;
    BN_free(found);
    BN_free(wanted);
    return status == EMRTD_INPUT ? EMRTD_INVALID : status;
}

// bytes ^= MGF1(seed) (RFC 8017, B.2.1).
static int unmask(const EVP_MD *md, const uint8_t *seed, size_t seed_count, uint8_t *bytes, size_t count) {
    uint8_t block[EVP_MAX_MD_SIZE];
    size_t step = (size_t)EVP_MD_get_size(md), done = 0;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int ok = ctx != NULL;
    for (uint32_t counter = 0; ok && done < count; counter++) {
        const uint8_t c[4] = {(uint8_t)(counter >> 24), (uint8_t)(counter >> 16), (uint8_t)(counter >> 8),
                              (uint8_t)counter};
        ok = EVP_DigestInit_ex2(ctx, md, NULL) == 1 && EVP_DigestUpdate(ctx, seed, seed_count) == 1 &&
             EVP_DigestUpdate(ctx, c, sizeof c) == 1 && EVP_DigestFinal_ex(ctx, block, NULL) == 1;
        for (size_t i = 0; ok && i < step && done < count; i++) bytes[done++] ^= block[i];
    }
    EVP_MD_CTX_free(ctx);
    return ok;
}

emrtd_status emrtd_rsa_key_verify_pss(const emrtd_rsa_key *key, emrtd_digest_id digest_id, emrtd_digest_id mgf_id,
                                      size_t salt_count, const uint8_t *digest, const uint8_t *signature,
                                      size_t signature_count) {
    const EVP_MD *md = emrtd_md(digest_id), *mgf = emrtd_md(mgf_id);
    if (md == NULL || mgf == NULL || salt_count > EMRTD_MAX_MODULUS) return EMRTD_INPUT;
    uint8_t recovered[EMRTD_MAX_MODULUS], hash[EVP_MAX_MD_SIZE];
    static const uint8_t zeros[8] = {0};
    // EMSA-PSS-VERIFY (RFC 8017, 9.1.2) with the names used there.
    size_t em_bits = (size_t)BN_num_bits(key->n) - 1, em_count = (em_bits + 7) / 8;
    size_t hash_count = emrtd_digest_length(digest_id);
    if (em_count < hash_count + salt_count + 2) return EMRTD_INVALID;
    emrtd_status status = recover(key, signature, signature_count, recovered);
    if (status != EMRTD_OK) return status;
    if (em_count < key->count && recovered[0] != 0) return EMRTD_INVALID;
    uint8_t *em = recovered + (key->count - em_count);
    size_t db_count = em_count - hash_count - 1;
    const uint8_t *h = em + db_count;
    uint8_t top = (uint8_t)(0xFF >> (8 * em_count - em_bits));
    if (em[em_count - 1] != 0xBC || (em[0] & ~top) != 0) return EMRTD_INVALID;
    if (!unmask(mgf, h, hash_count, em, db_count)) return EMRTD_INTERNAL;
    em[0] &= top;
    size_t padding = db_count - salt_count - 1;
    for (size_t i = 0; i < padding; i++) {
        if (em[i] != 0) return EMRTD_INVALID;
    }
    if (em[padding] != 1) return EMRTD_INVALID;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int ok = ctx != NULL && EVP_DigestInit_ex2(ctx, md, NULL) == 1 && EVP_DigestUpdate(ctx, zeros, sizeof zeros) == 1 &&
             EVP_DigestUpdate(ctx, digest, hash_count) == 1 &&
             EVP_DigestUpdate(ctx, em + padding + 1, salt_count) == 1 && EVP_DigestFinal_ex(ctx, hash, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    if (!ok) return EMRTD_INTERNAL;
    return memcmp(hash, h, hash_count) == 0 ? EMRTD_OK : EMRTD_INVALID;
}
