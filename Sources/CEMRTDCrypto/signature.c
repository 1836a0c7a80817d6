#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "internal.h"

static EVP_PKEY *key_from(const char *type, OSSL_PARAM_BLD *build) {
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    ERR_set_mark();
    if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    ERR_pop_to_mark();
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    return key;
}

static EVP_PKEY *rsa_key(const uint8_t *n, size_t n_count, const uint8_t *e, size_t e_count) {
    if (n_count == 0 || n_count > EMRTD_MAX_MODULUS || e_count == 0 || e_count > n_count) return NULL;
    BIGNUM *bn = BN_bin2bn(n, (int)n_count, NULL), *be = BN_bin2bn(e, (int)e_count, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (bn != NULL && be != NULL && build != NULL && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, bn) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, be) == 1) {
        key = key_from("RSA", build);
    }
    OSSL_PARAM_BLD_free(build);
    BN_free(bn);
    BN_free(be);
    return key;
}

static EVP_PKEY *ec_key(int parameter_id, const uint8_t *point, size_t point_count) {
    const char *name = emrtd_group_name(parameter_id);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (name != NULL && build != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, name, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, point_count) == 1) {
        key = key_from("EC", build);
    }
    OSSL_PARAM_BLD_free(build);
    return key;
}

// libcrypto leaves a reason on its error queue for every wrong signature; the queue belongs to the thread, not to us.
static emrtd_status verify(EVP_PKEY_CTX *ctx, const uint8_t *signature, size_t count, const uint8_t *digest,
                           size_t digest_count) {
    ERR_set_mark();
    int result = EVP_PKEY_verify(ctx, signature, count, digest, digest_count);
    ERR_pop_to_mark();
    return result == 1 ? EMRTD_OK : EMRTD_INVALID;
}

emrtd_status emrtd_ecdsa_verify(int parameter_id, const uint8_t *point, size_t point_count, const uint8_t *digest,
                                size_t digest_count, const uint8_t *r, size_t r_count, const uint8_t *s,
                                size_t s_count) {
    if (r_count > 128 || s_count > 128) return EMRTD_INVALID;
    EVP_PKEY *key = ec_key(parameter_id, point, point_count);
    if (key == NULL) return EMRTD_INPUT;
    emrtd_status status = EMRTD_INTERNAL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *br = BN_bin2bn(r, (int)r_count, NULL), *bs = BN_bin2bn(s, (int)s_count, NULL);
    unsigned char *der = NULL;
    int der_count = 0;
    if (sig != NULL && br != NULL && bs != NULL && ECDSA_SIG_set0(sig, br, bs) == 1) {
        br = NULL;
        bs = NULL;
        der_count = i2d_ECDSA_SIG(sig, &der);
    }
    if (der_count > 0 && ctx != NULL && EVP_PKEY_verify_init(ctx) == 1) {
        status = verify(ctx, der, (size_t)der_count, digest, digest_count);
    }
    OPENSSL_free(der);
    BN_free(br);
    BN_free(bs);
    ECDSA_SIG_free(sig);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return status;
}

static emrtd_status rsa_verify(const uint8_t *n, size_t n_count, const uint8_t *e, size_t e_count, int padding,
                               emrtd_digest_id digest_id, emrtd_digest_id mgf_id, int salt_length,
                               const uint8_t *digest, const uint8_t *signature, size_t signature_count) {
    const EVP_MD *md = emrtd_md(digest_id), *mgf = emrtd_md(mgf_id);
    EVP_PKEY *key = rsa_key(n, n_count, e, e_count);
    if (key == NULL || md == NULL || mgf == NULL) {
        EVP_PKEY_free(key);
        return EMRTD_INPUT;
    }
    // As long as the modulus (RFC 8017, 8.1.2 and 8.2.2, step 1). For PSS libcrypto takes a shorter one as well.
    if (signature_count != (size_t)EVP_PKEY_get_size(key)) {
        EVP_PKEY_free(key);
        return EMRTD_INVALID;
    }
    emrtd_status status = EMRTD_INTERNAL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    ERR_set_mark();
    if (ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 && EVP_PKEY_CTX_set_rsa_padding(ctx, padding) == 1 &&
        EVP_PKEY_CTX_set_signature_md(ctx, md) == 1 &&
        (padding != RSA_PKCS1_PSS_PADDING || (EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, mgf) == 1 &&
                                              EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, salt_length) == 1))) {
        status = verify(ctx, signature, signature_count, digest, emrtd_digest_length(digest_id));
    }
    ERR_pop_to_mark();
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return status;
}

emrtd_status emrtd_rsa_verify_pkcs1(const uint8_t *n, size_t n_count, const uint8_t *e, size_t e_count,
                                    emrtd_digest_id digest_id, const uint8_t *digest, const uint8_t *signature,
                                    size_t signature_count) {
    return rsa_verify(n, n_count, e, e_count, RSA_PKCS1_PADDING, digest_id, digest_id, 0, digest, signature,
                      signature_count);
}

emrtd_status emrtd_rsa_verify_pss(const uint8_t *n, size_t n_count, const uint8_t *e, size_t e_count,
                                  emrtd_digest_id digest_id, emrtd_digest_id mgf_id, int salt_length,
                                  const uint8_t *digest, const uint8_t *signature, size_t signature_count) {
    if (salt_length < 0 || salt_length > EMRTD_MAX_MODULUS) return EMRTD_INPUT;
    return rsa_verify(n, n_count, e, e_count, RSA_PKCS1_PSS_PADDING, digest_id, mgf_id, salt_length, digest, signature,
                      signature_count);
}

emrtd_status emrtd_rsa_public(const uint8_t *n, size_t n_count, const uint8_t *e, size_t e_count, const uint8_t *in,
                              uint8_t *out) {
    if (n_count == 0 || n_count > EMRTD_MAX_MODULUS || e_count == 0 || e_count > n_count) return EMRTD_INPUT;
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *bn = BN_bin2bn(n, (int)n_count, NULL), *be = BN_bin2bn(e, (int)e_count, NULL),
           *x = BN_bin2bn(in, (int)n_count, NULL), *y = BN_new();
    emrtd_status status = EMRTD_INTERNAL;
    if (ctx != NULL && bn != NULL && be != NULL && x != NULL && y != NULL) {
        if (!BN_is_odd(bn) || BN_cmp(x, bn) >= 0) {
            status = EMRTD_INPUT;
        } else if (BN_mod_exp_mont(y, x, be, bn, ctx, NULL) == 1 &&
                   BN_bn2binpad(y, out, (int)n_count) == (int)n_count) {
            status = EMRTD_OK;
        }
    }
    BN_free(y);
    BN_free(x);
    BN_free(be);
    BN_free(bn);
    BN_CTX_free(ctx);
    return status;
}
