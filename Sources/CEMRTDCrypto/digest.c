// The functions of libcrypto that take a SHA256_CTX are old ones; those that replace them look the algorithm up and allocate
// for each hash, which takes as long as hashing 300 bytes.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/sha.h>
#include <string.h>

#include "internal.h"

const EVP_MD *emrtd_md(emrtd_digest_id id) {
    switch (id) {
    case EMRTD_SHA1: return EVP_sha1();
    case EMRTD_SHA224: return EVP_sha224();
    case EMRTD_SHA256: return EVP_sha256();
    case EMRTD_SHA384: return EVP_sha384();
    case EMRTD_SHA512: return EVP_sha512();
    }
    return NULL;
}

size_t emrtd_digest_length(emrtd_digest_id id) {
    switch (id) {
    case EMRTD_SHA1: return 20;
    case EMRTD_SHA224: return 28;
    case EMRTD_SHA256: return 32;
    case EMRTD_SHA384: return 48;
    case EMRTD_SHA512: return 64;
    }
    return 0;
}

emrtd_status emrtd_digest(emrtd_digest_id id, const uint8_t *in, size_t count, uint8_t *out) {
    if (emrtd_digest_length(id) == 0) return EMRTD_INPUT;
    static const uint8_t nothing = 0;
    if (in == NULL) {
        if (count != 0) return EMRTD_INPUT;
        in = &nothing;
    }
    emrtd_status status = EMRTD_INTERNAL;
    switch (id) {
    case EMRTD_SHA1: {
        SHA_CTX ctx;
        if (SHA1_Init(&ctx) == 1 && SHA1_Update(&ctx, in, count) == 1 && SHA1_Final(out, &ctx) == 1) status = EMRTD_OK;
        emrtd_cleanse(&ctx, sizeof ctx);
        break;
    }
    case EMRTD_SHA224:
    case EMRTD_SHA256: {
        SHA256_CTX ctx;
        int ok = id == EMRTD_SHA224 ? SHA224_Init(&ctx) : SHA256_Init(&ctx);
        if (ok == 1 && SHA256_Update(&ctx, in, count) == 1 && SHA256_Final(out, &ctx) == 1) status = EMRTD_OK;
        emrtd_cleanse(&ctx, sizeof ctx);
        break;
    }
    case EMRTD_SHA384:
    case EMRTD_SHA512: {
        SHA512_CTX ctx;
        int ok = id == EMRTD_SHA384 ? SHA384_Init(&ctx) : SHA512_Init(&ctx);
        if (ok == 1 && SHA512_Update(&ctx, in, count) == 1 && SHA512_Final(out, &ctx) == 1) status = EMRTD_OK;
        emrtd_cleanse(&ctx, sizeof ctx);
        break;
    }
    }
    return status;
}

emrtd_status emrtd_kdf(emrtd_digest_id id, const uint8_t *secret, size_t count, uint32_t counter, uint8_t *out,
                       size_t out_count) {
    const EVP_MD *md = emrtd_md(id);
    uint8_t hash[EVP_MAX_MD_SIZE];
    const uint8_t c[4] = {(uint8_t)(counter >> 24), (uint8_t)(counter >> 16), (uint8_t)(counter >> 8),
                          (uint8_t)counter};
    if (md == NULL || out_count > emrtd_digest_length(id)) return EMRTD_INPUT;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int ok = ctx != NULL && EVP_DigestInit_ex2(ctx, md, NULL) == 1 && EVP_DigestUpdate(ctx, secret, count) == 1 &&
             EVP_DigestUpdate(ctx, c, sizeof c) == 1 && EVP_DigestFinal_ex(ctx, hash, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    if (ok) memcpy(out, hash, out_count);
    emrtd_cleanse(hash, sizeof hash);
    return ok ? EMRTD_OK : EMRTD_INTERNAL;
}

void emrtd_des_parity(uint8_t *key, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint8_t b = key[i] & 0xFE;
        uint8_t parity = b;
        parity ^= (uint8_t)(parity >> 4);
        parity ^= (uint8_t)(parity >> 2);
        parity ^= (uint8_t)(parity >> 1);
        key[i] = (uint8_t)(b | ((parity & 1) ^ 1));
    }
}
