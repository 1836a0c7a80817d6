#include <openssl/crypto.h>
#include <string.h>

#include "internal.h"

struct emrtd_sm {
    emrtd_cipher_id id;
    size_t block;
    EVP_CIPHER_CTX *encrypt, *decrypt, *iv_cipher;
    emrtd_mac *mac;
    uint8_t ssc[EMRTD_MAX_BLOCK];
    uint8_t iv[EMRTD_MAX_BLOCK];
};

static EVP_CIPHER_CTX *keyed(const EVP_CIPHER *cipher, const uint8_t *key, int encrypt) {
    static const uint8_t zero[EMRTD_MAX_BLOCK];
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx != NULL &&
        (EVP_CipherInit_ex2(ctx, cipher, key, zero, encrypt, NULL) != 1 || EVP_CIPHER_CTX_set_padding(ctx, 0) != 1)) {
        EVP_CIPHER_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

emrtd_sm *emrtd_sm_new(emrtd_cipher_id id, const uint8_t *kenc, const uint8_t *kmac, const uint8_t *ssc) {
    const EVP_CIPHER *cbc = emrtd_evp_cipher(id, 1);
    emrtd_sm *sm = cbc == NULL ? NULL : OPENSSL_zalloc(sizeof *sm);
    if (sm == NULL) return NULL;
    emrtd_alive_add(1);
    sm->id = id;
    sm->block = emrtd_cipher_block_length(id);
    if (ssc != NULL) memcpy(sm->ssc, ssc, sm->block);
    sm->encrypt = keyed(cbc, kenc, 1);
    sm->decrypt = keyed(cbc, kenc, 0);
    sm->mac = emrtd_mac_new(id, kmac);
    if (id != EMRTD_3DES) sm->iv_cipher = keyed(emrtd_evp_cipher(id, 0), kenc, 1);
    if (sm->encrypt == NULL || sm->decrypt == NULL || sm->mac == NULL ||
        (id != EMRTD_3DES && sm->iv_cipher == NULL)) {
        emrtd_sm_free(sm);
        return NULL;
    }
    return sm;
}

void emrtd_sm_free(emrtd_sm *sm) {
    if (sm == NULL) return;
    EVP_CIPHER_CTX_free(sm->encrypt);
    EVP_CIPHER_CTX_free(sm->decrypt);
    EVP_CIPHER_CTX_free(sm->iv_cipher);
    emrtd_mac_free(sm->mac);
    OPENSSL_clear_free(sm, sizeof *sm);
    emrtd_alive_add(-1);
}

emrtd_status emrtd_sm_step(emrtd_sm *sm) {
    for (size_t i = sm->block; i-- > 0;) {
        if (++sm->ssc[i] != 0) break;
    }
    if (sm->id == EMRTD_3DES) return EMRTD_OK;  // IV = 0 (Doc 9303-11, 9.8.6.1)
    int written = 0;  // IV = E(KSenc, SSC) (9.8.6.2)
    return EVP_EncryptUpdate(sm->iv_cipher, sm->iv, &written, sm->ssc, 16) == 1 && written == 16 ? EMRTD_OK
                                                                                                : EMRTD_INTERNAL;
}

void emrtd_sm_ssc(const emrtd_sm *sm, uint8_t *out) { memcpy(out, sm->ssc, sm->block); }

emrtd_status emrtd_sm_encrypt(emrtd_sm *sm, const uint8_t *in, size_t count, uint8_t *out) {
    uint8_t last[EMRTD_MAX_BLOCK] = {0};
    size_t whole = count / sm->block * sm->block;
    int written = 0;
    if (count > INT32_MAX / 2) return EMRTD_INPUT;
    if (EVP_EncryptInit_ex2(sm->encrypt, NULL, NULL, sm->iv, NULL) != 1) return EMRTD_INTERNAL;
    if (whole > 0 &&
        (EVP_EncryptUpdate(sm->encrypt, out, &written, in, (int)whole) != 1 || (size_t)written != whole)) {
        return EMRTD_INTERNAL;
    }
    if (count > whole) memcpy(last, in + whole, count - whole);
    last[count - whole] = 0x80;
    int ok = EVP_EncryptUpdate(sm->encrypt, out + whole, &written, last, (int)sm->block) == 1 &&
             (size_t)written == sm->block;
    emrtd_cleanse(last, sizeof last);
    return ok ? EMRTD_OK : EMRTD_INTERNAL;
}

emrtd_status emrtd_sm_decrypt(emrtd_sm *sm, const uint8_t *in, size_t count, uint8_t *out, size_t *out_count) {
    int written = 0;
    *out_count = 0;
    if (count == 0 || count % sm->block != 0 || count > INT32_MAX) return EMRTD_INPUT;
    if (EVP_DecryptInit_ex2(sm->decrypt, NULL, NULL, sm->iv, NULL) != 1 ||
        EVP_DecryptUpdate(sm->decrypt, out, &written, in, (int)count) != 1 || (size_t)written != count) {
        return EMRTD_INTERNAL;
    }
    // The MAC has been checked before, so this is no padding oracle.
    size_t end = count;
    while (end > count - sm->block && out[end - 1] == 0) end--;
    if (end == count - sm->block || out[end - 1] != 0x80) return EMRTD_PADDING;
    *out_count = end - 1;
    return EMRTD_OK;
}

emrtd_status emrtd_sm_mac(emrtd_sm *sm, const uint8_t *header, size_t header_count, const uint8_t *body,
                          size_t body_count, uint8_t *out) {
    emrtd_status status = emrtd_mac_start(sm->mac);
    if (status == EMRTD_OK) status = emrtd_mac_update(sm->mac, sm->ssc, sm->block);
    if (status == EMRTD_OK && header_count > 0) {
        status = emrtd_mac_update(sm->mac, header, header_count);
        if (status == EMRTD_OK) status = emrtd_mac_pad(sm->mac);
    }
    if (status == EMRTD_OK && body_count > 0) {
        status = emrtd_mac_update(sm->mac, body, body_count);
        if (status == EMRTD_OK) status = emrtd_mac_pad(sm->mac);
    }
    return status == EMRTD_OK ? emrtd_mac_finish(sm->mac, out, 8) : status;
}
