#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "internal.h"

struct emrtd_private_key {
    EVP_PKEY *pkey;
};

static emrtd_private_key *wrap(EVP_PKEY *pkey) {
    emrtd_private_key *key = pkey == NULL ? NULL : OPENSSL_zalloc(sizeof *key);
    if (key == NULL) {
        EVP_PKEY_free(pkey);
        return NULL;
    }
    key->pkey = pkey;
    emrtd_alive_add(1);
    return key;
}

// libcrypto takes any scalar and any point as a pair; the scalar must be 1...n-1 and the point belong to it.
static int is_pair(EVP_PKEY *pkey) {
    // The check tests the factors for being prime, which takes as long as they are: none is longer than the modulus.
    static const char *const parts[] = {OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_FACTOR2,
                                        OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
                                        OSSL_PKEY_PARAM_RSA_COEFFICIENT1, OSSL_PKEY_PARAM_RSA_D};
    for (size_t i = 0; EVP_PKEY_is_a(pkey, "RSA") && i < sizeof parts / sizeof parts[0]; i++) {
        BIGNUM *part = NULL;
        int is_long = EVP_PKEY_get_bn_param(pkey, parts[i], &part) == 1 && BN_num_bits(part) > EVP_PKEY_get_bits(pkey);
        BN_clear_free(part);
        if (is_long) return 0;
    }
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    int ok = ctx != NULL && EVP_PKEY_private_check(ctx) == 1 && EVP_PKEY_pairwise_check(ctx) == 1;
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

emrtd_private_key *emrtd_private_key_ec(int parameter_id, const uint8_t *scalar, size_t scalar_count,
                                        const uint8_t *point, size_t point_count) {
    const char *name = emrtd_group_name(parameter_id);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    BIGNUM *d = BN_secure_new();
    OSSL_PARAM *params = NULL;
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (name != NULL && build != NULL && d != NULL && scalar_count <= 128 &&
        BN_bin2bn(scalar, (int)scalar_count, d) != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, name, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, point_count) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, d) == 1) {
        params = OSSL_PARAM_BLD_to_param(build);
    }
    ERR_set_mark();
    if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params) != 1 || !is_pair(pkey)) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    ERR_pop_to_mark();
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    BN_clear_free(d);
    return wrap(pkey);
}

emrtd_private_key *emrtd_private_key_rsa_generate(size_t bits) {
    if (bits < 1024 || bits > EMRTD_MAX_MODULUS * 8) return NULL;
    return wrap(EVP_RSA_gen(bits));
}

void emrtd_private_key_free(emrtd_private_key *key) {
    if (key == NULL) return;
    EVP_PKEY_free(key->pkey);
    OPENSSL_free(key);
    emrtd_alive_add(-1);
}

// Refuses to give a password, and notes that one was wanted.
static int no_password(char *buffer, int size, int is_encrypting, void *asked) {
    (void)buffer, (void)size, (void)is_encrypting;
    *(int *)asked = 1;
    return -1;
}

emrtd_private_key *emrtd_private_key_import(const uint8_t *bytes, size_t count, int is_pem, int *encrypted) {
    EVP_PKEY *pkey = NULL;
    *encrypted = 0;
    if (count == 0 || count > EMRTD_MAX_KEY_FILE) return NULL;
    ERR_set_mark();
    if (is_pem) {
        BIO *bio = BIO_new_mem_buf(bytes, (int)count);
        if (bio != NULL) pkey = PEM_read_bio_PrivateKey(bio, NULL, no_password, encrypted);
        BIO_free(bio);
    } else {
        const uint8_t *next = bytes;
        pkey = d2i_AutoPrivateKey(NULL, &next, (long)count);
        if (pkey != NULL && next != bytes + count) {
            EVP_PKEY_free(pkey);
            pkey = NULL;
        }
    }
    ERR_pop_to_mark();
    return wrap(pkey);
}

emrtd_key_kind emrtd_private_key_kind(const emrtd_private_key *key) {
    if (EVP_PKEY_is_a(key->pkey, "RSA")) return EMRTD_KEY_RSA;
    return EVP_PKEY_is_a(key->pkey, "EC") ? EMRTD_KEY_EC : EMRTD_KEY_OTHER;
}

emrtd_status emrtd_private_key_check(const emrtd_private_key *key) {
    ERR_set_mark();
    int ok = is_pair(key->pkey);
    ERR_pop_to_mark();
    return ok ? EMRTD_OK : EMRTD_INPUT;
}

static int export_number(const EVP_PKEY *pkey, const char *name, uint8_t *out, size_t *count, size_t capacity) {
    BIGNUM *number = NULL;
    int ok = EVP_PKEY_get_bn_param(pkey, name, &number) == 1 && (size_t)BN_num_bytes(number) <= capacity;
    if (ok) *count = (size_t)BN_bn2bin(number, out);
    BN_clear_free(number);
    return ok;
}

emrtd_status emrtd_private_key_ec_value(const emrtd_private_key *key, emrtd_ec_value value, uint8_t *out, size_t *count,
                                        size_t capacity) {
    static const char *const names[] = {
        OSSL_PKEY_PARAM_EC_P,        OSSL_PKEY_PARAM_EC_A,         OSSL_PKEY_PARAM_EC_B,    OSSL_PKEY_PARAM_EC_ORDER,
        OSSL_PKEY_PARAM_EC_COFACTOR, OSSL_PKEY_PARAM_EC_GENERATOR, OSSL_PKEY_PARAM_PUB_KEY, OSSL_PKEY_PARAM_PRIV_KEY,
    };
    if ((size_t)value >= sizeof names / sizeof names[0]) return EMRTD_INPUT;
    int is_point = value == EMRTD_EC_GENERATOR || value == EMRTD_EC_PUBLIC;
    ERR_set_mark();
    int ok = is_point ? EVP_PKEY_get_octet_string_param(key->pkey, names[value], out, capacity, count)
                      : export_number(key->pkey, names[value], out, count, capacity);
    ERR_pop_to_mark();
    return ok == 1 ? EMRTD_OK : EMRTD_INPUT;
}

emrtd_status emrtd_private_key_rsa_public(const emrtd_private_key *key, uint8_t *n, size_t *n_count, uint8_t *e,
                                          size_t *e_count, size_t capacity) {
    return export_number(key->pkey, OSSL_PKEY_PARAM_RSA_N, n, n_count, capacity) &&
                   export_number(key->pkey, OSSL_PKEY_PARAM_RSA_E, e, e_count, capacity)
               ? EMRTD_OK
               : EMRTD_INTERNAL;
}

emrtd_status emrtd_private_key_ecdsa(const emrtd_private_key *key, const uint8_t *digest, size_t digest_count,
                                     uint8_t *r, uint8_t *s, size_t order_length) {
    uint8_t der[160];
    size_t count = sizeof der;
    emrtd_status status = EMRTD_INTERNAL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    ERR_set_mark();
    if (ctx != NULL && EVP_PKEY_sign_init(ctx) == 1 && EVP_PKEY_sign(ctx, der, &count, digest, digest_count) == 1) {
        const uint8_t *next = der;
        ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &next, (long)count);
        if (sig != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(sig), r, (int)order_length) == (int)order_length &&
            BN_bn2binpad(ECDSA_SIG_get0_s(sig), s, (int)order_length) == (int)order_length) {
            status = EMRTD_OK;
        }
        ECDSA_SIG_free(sig);
    }
    ERR_pop_to_mark();
    EVP_PKEY_CTX_free(ctx);
    return status;
}

emrtd_status emrtd_private_key_rsa_sign(const emrtd_private_key *key, emrtd_digest_id digest_id,
                                        emrtd_digest_id mgf_id, int pss_salt_length, const uint8_t *digest,
                                        uint8_t *out, size_t out_count) {
    const EVP_MD *md = emrtd_md(digest_id), *mgf = emrtd_md(mgf_id);
    if (md == NULL || mgf == NULL || out_count != (size_t)EVP_PKEY_get_size(key->pkey)) return EMRTD_INPUT;
    int pss = pss_salt_length >= 0;
    emrtd_status status = EMRTD_INTERNAL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    ERR_set_mark();
    if (ctx != NULL && EVP_PKEY_sign_init(ctx) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(ctx, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1 &&
        EVP_PKEY_CTX_set_signature_md(ctx, md) == 1 &&
        (!pss || (EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, mgf) == 1 &&
                  EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, pss_salt_length) == 1)) &&
        EVP_PKEY_sign(ctx, out, &out_count, digest, emrtd_digest_length(digest_id)) == 1) {
        status = EMRTD_OK;
    }
    ERR_pop_to_mark();
    EVP_PKEY_CTX_free(ctx);
    return status;
}

emrtd_status emrtd_private_key_rsa_raw(const emrtd_private_key *key, const uint8_t *in, uint8_t *out, size_t count) {
    if (count != (size_t)EVP_PKEY_get_size(key->pkey)) return EMRTD_INPUT;
    emrtd_status status = EMRTD_INTERNAL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    ERR_set_mark();
    size_t written = count;
    if (ctx != NULL && EVP_PKEY_sign_init(ctx) == 1 && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1 &&
        EVP_PKEY_sign(ctx, out, &written, in, count) == 1 && written == count) {
        status = EMRTD_OK;
    }
    ERR_pop_to_mark();
    EVP_PKEY_CTX_free(ctx);
    return status;
}
