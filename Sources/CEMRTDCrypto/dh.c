#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include "internal.h"

struct emrtd_dh {
    BIGNUM *p, *g, *q, *cofactor;  // cofactor = (p - 1) / q
    BN_MONT_CTX *mont;
    size_t length, order;
};

static const char *dh_name(int parameter_id) {
    switch (parameter_id) {  // Doc 9303-11, table 12; RFC 5114, 2.1 to 2.3
    case 0: return "dh_1024_160";
    case 1: return "dh_2048_224";
    case 2: return "dh_2048_256";
    default: return NULL;
    }
}

// The group as libcrypto knows it: p, g and q of `pkey` are copies that the caller owns.
static int load_group(emrtd_dh *dh, const char *name) {
    char group[16];
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DHX", NULL);
    OPENSSL_strlcpy(group, name, sizeof group);
    OSSL_PARAM params[2] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
                            OSSL_PARAM_construct_end()};
    int ok = ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
             EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEY_PARAMETERS, params) == 1 &&
             EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_FFC_P, &dh->p) == 1 &&
             EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_FFC_G, &dh->g) == 1 &&
             EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_FFC_Q, &dh->q) == 1;
    EVP_PKEY_free(pkey);
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

emrtd_dh *emrtd_dh_new(int parameter_id) {
    const char *name = dh_name(parameter_id);
    emrtd_dh *dh = name == NULL ? NULL : OPENSSL_zalloc(sizeof *dh);
    BN_CTX *ctx = BN_CTX_new();
    int ok = 0;
    if (dh != NULL && ctx != NULL) {
        ERR_set_mark();
        dh->mont = BN_MONT_CTX_new();
        dh->cofactor = BN_new();
        // q divides p - 1, so that (p - 1) / q is p / q rounded down.
        ok = load_group(dh, name) && dh->mont != NULL && dh->cofactor != NULL &&
             BN_MONT_CTX_set(dh->mont, dh->p, ctx) == 1 && BN_div(dh->cofactor, NULL, dh->p, dh->q, ctx) == 1;
        ERR_pop_to_mark();
    }
    BN_CTX_free(ctx);
    if (!ok) {
        emrtd_dh_free(dh);
        return NULL;
    }
    dh->length = (size_t)BN_num_bytes(dh->p);
    dh->order = (size_t)BN_num_bytes(dh->q);
    return dh;
}

void emrtd_dh_free(emrtd_dh *dh) {
    if (dh == NULL) return;
    BN_free(dh->p);
    BN_free(dh->g);
    BN_free(dh->q);
    BN_free(dh->cofactor);
    BN_MONT_CTX_free(dh->mont);
    OPENSSL_free(dh);
}

size_t emrtd_dh_length(const emrtd_dh *dh) { return dh->length; }

size_t emrtd_dh_order_length(const emrtd_dh *dh) { return dh->order; }

emrtd_status emrtd_dh_values(const emrtd_dh *dh, uint8_t *p, uint8_t *g, uint8_t *q) {
    return emrtd_write_number(dh->p, p, dh->length) && emrtd_write_number(dh->g, g, dh->length) &&
                   emrtd_write_number(dh->q, q, dh->order)
               ? EMRTD_OK
               : EMRTD_INTERNAL;
}

// Reads a number below p into a new one: EMRTD_INPUT where it is not, EMRTD_INTERNAL where memory fails.
static emrtd_status read_element(const emrtd_dh *dh, const uint8_t *in, BIGNUM **out) {
    BIGNUM *value = *out = BN_secure_new();
    if (value == NULL || BN_bin2bn(in, (int)dh->length, value) == NULL) return EMRTD_INTERNAL;
    return BN_cmp(value, dh->p) < 0 ? EMRTD_OK : EMRTD_INPUT;
}

// 2 <= y <= p - 2 and y^q = 1: the value generates the subgroup of order q (RFC 2631, 2.1.5; SP 800-56A, 5.6.2.3.1).
static emrtd_status check_element(const emrtd_dh *dh, const BIGNUM *y, BN_CTX *ctx) {
    BIGNUM *t = BN_new();
    emrtd_status status = EMRTD_INTERNAL;
    if (t != NULL && BN_copy(t, dh->p) != NULL && BN_sub_word(t, 1) == 1) {
        if (BN_is_zero(y) || BN_is_one(y) || BN_cmp(y, t) >= 0) {
            status = EMRTD_INPUT;
        } else if (BN_mod_exp_mont(t, y, dh->q, dh->p, ctx, dh->mont) == 1) {
            status = BN_is_one(t) ? EMRTD_OK : EMRTD_INPUT;
        }
    }
    BN_clear_free(t);
    return status;
}

emrtd_status emrtd_dh_check(const emrtd_dh *dh, const uint8_t *value) {
    ERR_set_mark();
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *y = NULL;
    emrtd_status status = ctx == NULL ? EMRTD_INTERNAL : read_element(dh, value, &y);
    if (status == EMRTD_OK) status = check_element(dh, y, ctx);
    BN_clear_free(y);
    BN_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}

emrtd_status emrtd_dh_random_scalar(const emrtd_dh *dh, uint8_t *out) {
    BIGNUM *k = BN_secure_new();
    int ok = k != NULL;
    if (ok) BN_set_flags(k, BN_FLG_CONSTTIME);
    do {
        ok = ok && BN_priv_rand_range(k, dh->q) == 1;
    } while (ok && BN_is_zero(k));
    ok = ok && emrtd_write_number(k, out, dh->order);
    BN_clear_free(k);
    return ok ? EMRTD_OK : EMRTD_INTERNAL;
}

// result = base^scalar mod p in a time that does not depend on the scalar's bits.
static int power(const emrtd_dh *dh, BIGNUM *result, const BIGNUM *base, const uint8_t *scalar, size_t scalar_count,
                 BN_CTX *ctx) {
    BIGNUM *k = BN_secure_new();
    int ok = k != NULL && scalar_count <= dh->length && BN_bin2bn(scalar, (int)scalar_count, k) != NULL;
    if (ok) {
        BN_set_flags(k, BN_FLG_CONSTTIME);
        ok = BN_mod_exp_mont_consttime(result, base, k, dh->p, ctx, dh->mont);
    }
    BN_clear_free(k);
    return ok;
}

// Writes an element; 0 and 1 are no secrets, keys or generators.
static emrtd_status write_element(const emrtd_dh *dh, const BIGNUM *value, uint8_t *out) {
    if (BN_is_zero(value) || BN_is_one(value)) return EMRTD_INPUT;
    return emrtd_write_number(value, out, dh->length) ? EMRTD_OK : EMRTD_INTERNAL;
}

emrtd_status emrtd_dh_power(const emrtd_dh *dh, const uint8_t *base, const uint8_t *scalar, size_t scalar_count,
                            uint8_t *out) {
    ERR_set_mark();
    BN_CTX *ctx = BN_CTX_secure_new();
    BIGNUM *start = NULL, *result = BN_secure_new();
    emrtd_status status = ctx == NULL || result == NULL ? EMRTD_INTERNAL : EMRTD_OK;
    if (status == EMRTD_OK && base != NULL) status = read_element(dh, base, &start);
    if (status == EMRTD_OK) {
        status = power(dh, result, base == NULL ? dh->g : start, scalar, scalar_count, ctx)
                     ? write_element(dh, result, out)
                     : EMRTD_INTERNAL;
    }
    BN_clear_free(result);
    BN_clear_free(start);
    BN_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}

emrtd_status emrtd_dh_map_generic(const emrtd_dh *dh, const uint8_t *s, size_t s_count, const uint8_t *h,
                                  uint8_t *out) {
    ERR_set_mark();
    BN_CTX *ctx = BN_CTX_secure_new();
    BIGNUM *factor = NULL, *result = BN_secure_new();
    emrtd_status status = ctx == NULL || result == NULL ? EMRTD_INTERNAL : read_element(dh, h, &factor);
    if (status == EMRTD_OK) {
        status = power(dh, result, dh->g, s, s_count, ctx) && BN_mod_mul(result, result, factor, dh->p, ctx) == 1
                     ? write_element(dh, result, out)
                     : EMRTD_INTERNAL;
    }
    BN_clear_free(result);
    BN_clear_free(factor);
    BN_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}

emrtd_status emrtd_dh_map_integrated(const emrtd_dh *dh, const uint8_t *r, size_t r_count, uint8_t *out) {
    ERR_set_mark();
    BN_CTX *ctx = BN_CTX_secure_new();
    BIGNUM *number = BN_secure_new(), *result = BN_secure_new();
    emrtd_status status = EMRTD_INTERNAL;
    if (ctx != NULL && number != NULL && result != NULL && r_count <= 2 * dh->length &&
        BN_bin2bn(r, (int)r_count, number) != NULL && BN_nnmod(number, number, dh->p, ctx) == 1) {
        // The exponent is public, the base is not: the window of the base is what the constant-time code hides.
        status = BN_mod_exp_mont_consttime(result, number, dh->cofactor, dh->p, ctx, dh->mont) == 1
                     ? write_element(dh, result, out)
                     : EMRTD_INTERNAL;
    }
    BN_clear_free(result);
    BN_clear_free(number);
    BN_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}
