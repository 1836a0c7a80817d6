#include <openssl/crypto.h>
#include <string.h>

#include "internal.h"

const EVP_CIPHER *emrtd_evp_cipher(emrtd_cipher_id id, int cbc) {
    switch (id) {
    case EMRTD_3DES: return cbc ? EVP_des_ede_cbc() : EVP_des_ede_ecb();
    case EMRTD_AES128: return cbc ? EVP_aes_128_cbc() : EVP_aes_128_ecb();
    case EMRTD_AES192: return cbc ? EVP_aes_192_cbc() : EVP_aes_192_ecb();
    case EMRTD_AES256: return cbc ? EVP_aes_256_cbc() : EVP_aes_256_ecb();
    }
    return NULL;
}

size_t emrtd_cipher_key_length(emrtd_cipher_id id) {
    switch (id) {
    case EMRTD_3DES: return 16;
    case EMRTD_AES128: return 16;
    case EMRTD_AES192: return 24;
    case EMRTD_AES256: return 32;
    }
    return 0;
}

size_t emrtd_cipher_block_length(emrtd_cipher_id id) { return id == EMRTD_3DES ? 8 : 16; }

emrtd_status emrtd_cbc(emrtd_cipher_id id, int encrypt, const uint8_t *key, const uint8_t *iv, const uint8_t *in,
                       size_t count, uint8_t *out) {
    static const uint8_t zero[EMRTD_MAX_BLOCK];
    const EVP_CIPHER *cipher = emrtd_evp_cipher(id, 1);
    int written = 0;
    if (cipher == NULL || count % emrtd_cipher_block_length(id) != 0 || count > INT32_MAX) return EMRTD_INPUT;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int ok = ctx != NULL && EVP_CipherInit_ex2(ctx, cipher, key, iv == NULL ? zero : iv, encrypt, NULL) == 1 &&
             EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 && EVP_CipherUpdate(ctx, out, &written, in, (int)count) == 1 &&
             (size_t)written == count;
    EVP_CIPHER_CTX_free(ctx);
    return ok ? EMRTD_OK : EMRTD_INTERNAL;
}

struct emrtd_mac {
    emrtd_cipher_id id;
    size_t block;
    EVP_CIPHER_CTX *chain;  // AES-CBC, or single DES in CBC written as two-key 3DES with both halves equal
    EVP_CIPHER_CTX *last;   // 3DES in ECB for the last block of the retail MAC
    uint8_t k1[EMRTD_MAX_BLOCK], k2[EMRTD_MAX_BLOCK];
    uint8_t state[EMRTD_MAX_BLOCK];  // the last block out of the chain
    uint8_t pending[EMRTD_MAX_BLOCK];
    size_t used;
};

static void double_in_gf128(uint8_t *out, const uint8_t *in) {
    uint8_t carry = in[0] >> 7;
    for (int i = 0; i < 15; i++) out[i] = (uint8_t)(in[i] << 1 | in[i + 1] >> 7);
    out[15] = (uint8_t)(in[15] << 1 ^ (0x87 & (uint8_t)-carry));
}

emrtd_mac *emrtd_mac_new(emrtd_cipher_id id, const uint8_t *key) {
    const EVP_CIPHER *cbc = emrtd_evp_cipher(id, 1);
    emrtd_mac *mac = cbc == NULL ? NULL : OPENSSL_zalloc(sizeof *mac);
    if (mac == NULL) return NULL;
    emrtd_alive_add(1);
    mac->id = id;
    mac->block = emrtd_cipher_block_length(id);
    uint8_t first[32];
    int written = 0;
    int ok;
    memcpy(first, key, emrtd_cipher_key_length(id));
    if (id == EMRTD_3DES) {
        memcpy(first + 8, key, 8);  // E(Ka) D(Ka) E(Ka) = E(Ka): single DES lives in a provider that may be absent
        mac->last = EVP_CIPHER_CTX_new();
        ok = mac->last != NULL && EVP_EncryptInit_ex2(mac->last, emrtd_evp_cipher(id, 0), key, NULL, NULL) == 1 &&
             EVP_CIPHER_CTX_set_padding(mac->last, 0) == 1;
    } else {
        ok = 1;
    }
    static const uint8_t zero[EMRTD_MAX_BLOCK];
    mac->chain = EVP_CIPHER_CTX_new();
    ok = ok && mac->chain != NULL && EVP_EncryptInit_ex2(mac->chain, cbc, first, zero, NULL) == 1 &&
         EVP_CIPHER_CTX_set_padding(mac->chain, 0) == 1;
    emrtd_cleanse(first, sizeof first);
    if (ok && id != EMRTD_3DES) {  // subkeys of RFC 4493, 2.3
        uint8_t l[EMRTD_MAX_BLOCK];
        ok = EVP_EncryptUpdate(mac->chain, l, &written, zero, 16) == 1 && written == 16;
        double_in_gf128(mac->k1, l);
        double_in_gf128(mac->k2, mac->k1);
        emrtd_cleanse(l, sizeof l);
    }
    if (!ok || emrtd_mac_start(mac) != EMRTD_OK) {
        emrtd_mac_free(mac);
        return NULL;
    }
    return mac;
}

void emrtd_mac_free(emrtd_mac *mac) {
    if (mac == NULL) return;
    EVP_CIPHER_CTX_free(mac->chain);
    EVP_CIPHER_CTX_free(mac->last);
    OPENSSL_clear_free(mac, sizeof *mac);
    emrtd_alive_add(-1);
}

emrtd_status emrtd_mac_start(emrtd_mac *mac) {
    static const uint8_t zero[EMRTD_MAX_BLOCK];
    mac->used = 0;
    memset(mac->state, 0, sizeof mac->state);
    return EVP_EncryptInit_ex2(mac->chain, NULL, NULL, zero, NULL) == 1 ? EMRTD_OK : EMRTD_INTERNAL;
}

static emrtd_status chain(emrtd_mac *mac, const uint8_t *in, size_t count) {
    uint8_t scratch[1024];
    int written = 0;
    while (count > 0) {
        size_t now = count < sizeof scratch ? count : sizeof scratch;
        if (EVP_EncryptUpdate(mac->chain, scratch, &written, in, (int)now) != 1 || (size_t)written != now) {
            return EMRTD_INTERNAL;
        }
        memcpy(mac->state, scratch + now - mac->block, mac->block);
        in += now;
        count -= now;
    }
    return EMRTD_OK;
}

emrtd_status emrtd_mac_update(emrtd_mac *mac, const uint8_t *in, size_t count) {
    // The last block stays pending, since it is treated differently.
    emrtd_status status = EMRTD_OK;
    while (count > 0 && status == EMRTD_OK) {
        if (mac->used == mac->block) {
            status = chain(mac, mac->pending, mac->block);
            mac->used = 0;
        }
        if (status == EMRTD_OK && mac->used == 0 && count > mac->block) {
            size_t whole = (count - 1) / mac->block * mac->block;
            status = chain(mac, in, whole);
            in += whole;
            count -= whole;
        }
        size_t room = mac->block - mac->used;
        size_t now = count < room ? count : room;
        memcpy(mac->pending + mac->used, in, now);
        mac->used += now;
        in += now;
        count -= now;
    }
    return status;
}

emrtd_status emrtd_mac_pad(emrtd_mac *mac) {
    uint8_t padding[EMRTD_MAX_BLOCK] = {0x80};
    size_t used = mac->used % mac->block;
    return emrtd_mac_update(mac, padding, mac->block - used);
}

emrtd_status emrtd_mac_finish(emrtd_mac *mac, uint8_t *out, size_t out_count) {
    uint8_t result[EMRTD_MAX_BLOCK];
    int written = 0;
    int ok;
    if (out_count > mac->block) return EMRTD_INPUT;
    if (mac->id == EMRTD_3DES) {
        if (mac->used != mac->block) return EMRTD_INPUT;
        for (size_t i = 0; i < mac->block; i++) mac->pending[i] ^= mac->state[i];
        ok = EVP_EncryptUpdate(mac->last, result, &written, mac->pending, (int)mac->block) == 1;
    } else {
        const uint8_t *subkey = mac->k1;
        if (mac->used < mac->block) {
            mac->pending[mac->used] = 0x80;
            memset(mac->pending + mac->used + 1, 0, mac->block - mac->used - 1);
            subkey = mac->k2;
        }
        for (size_t i = 0; i < mac->block; i++) mac->pending[i] ^= subkey[i];
        ok = EVP_EncryptUpdate(mac->chain, result, &written, mac->pending, (int)mac->block) == 1;
    }
    ok = ok && (size_t)written == mac->block;
    if (ok) memcpy(out, result, out_count);
    emrtd_cleanse(result, sizeof result);
    emrtd_cleanse(mac->pending, sizeof mac->pending);
    mac->used = 0;
    return ok ? EMRTD_OK : EMRTD_INTERNAL;
}
