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
    const EVP_MD *md = emrtd_md(id);
    if (md == NULL) return EMRTD_INPUT;
    static const uint8_t nothing = 0;
    return EVP_Digest(in == NULL ? &nothing : in, count, out, NULL, md, NULL) == 1 ? EMRTD_OK : EMRTD_INTERNAL;
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
