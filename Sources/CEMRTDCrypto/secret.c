#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdatomic.h>
#include <string.h>

#include "internal.h"

struct emrtd_secret {
    size_t count;
    uint8_t *bytes;
};

// A counter is the one piece of global state: it holds no secret, and tests read it to prove that none is left.
static atomic_size_t alive;

void emrtd_alive_add(int difference) {
    if (difference > 0) {
        atomic_fetch_add_explicit(&alive, 1, memory_order_relaxed);
    } else {
        atomic_fetch_sub_explicit(&alive, 1, memory_order_relaxed);
    }
}

size_t emrtd_secrets_alive(void) { return atomic_load_explicit(&alive, memory_order_relaxed); }

emrtd_secret *emrtd_secret_new(size_t count) {
    emrtd_secret *secret = OPENSSL_zalloc(sizeof *secret);
    if (secret == NULL) return NULL;
    secret->bytes = OPENSSL_zalloc(count == 0 ? 1 : count);
    if (secret->bytes == NULL) {
        OPENSSL_free(secret);
        return NULL;
    }
    secret->count = count;
    emrtd_alive_add(1);
    return secret;
}

void emrtd_secret_free(emrtd_secret *secret) {
    if (secret == NULL) return;
    OPENSSL_clear_free(secret->bytes, secret->count == 0 ? 1 : secret->count);
    OPENSSL_free(secret);
    emrtd_alive_add(-1);
}

uint8_t *emrtd_secret_bytes(emrtd_secret *secret) { return secret->bytes; }

size_t emrtd_secret_count(const emrtd_secret *secret) { return secret->count; }

void emrtd_cleanse(void *bytes, size_t count) { OPENSSL_cleanse(bytes, count); }

int emrtd_equal(const uint8_t *a, const uint8_t *b, size_t count) { return CRYPTO_memcmp(a, b, count) == 0; }

emrtd_status emrtd_random(uint8_t *out, size_t count) {
    return RAND_priv_bytes_ex(NULL, out, count, 0) == 1 ? EMRTD_OK : EMRTD_INTERNAL;
}
