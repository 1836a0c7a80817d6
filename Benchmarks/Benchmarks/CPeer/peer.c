#include "CPeer.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <stdlib.h>

struct peer {
    EVP_PKEY *key;
    EC_GROUP *group;
    EC_POINT *point;
    unsigned char digest[48], signature[256];
    size_t count;
};

peer *peer_new(const char *curve) {
    peer *p = calloc(1, sizeof *p);
    if (p == NULL) return NULL;
    p->count = sizeof p->signature;
    p->key = EVP_EC_gen(curve);
    p->group = EC_GROUP_new_by_curve_name(OBJ_txt2nid(curve));
    p->point = p->group == NULL ? NULL : EC_POINT_dup(EC_GROUP_get0_generator(p->group), p->group);
    EVP_PKEY_CTX *ctx = p->key == NULL ? NULL : EVP_PKEY_CTX_new_from_pkey(NULL, p->key, NULL);
    int ok = ctx != NULL && p->point != NULL && EC_POINT_dbl(p->group, p->point, p->point, NULL) == 1 &&
             EVP_PKEY_sign_init(ctx) == 1 &&
             EVP_PKEY_sign(ctx, p->signature, &p->count, p->digest, sizeof p->digest) == 1;
    EVP_PKEY_CTX_free(ctx);
    if (ok) return p;
    peer_free(p);
    return NULL;
}

void peer_free(peer *p) {
    if (p == NULL) return;
    EVP_PKEY_free(p->key);
    EC_POINT_free(p->point);
    EC_GROUP_free(p->group);
    free(p);
}

int peer_verify(peer *p) {
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, p->key, NULL);
    int ok = ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
             EVP_PKEY_verify(ctx, p->signature, p->count, p->digest, sizeof p->digest) == 1;
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

int peer_pace(peer *p) {
    BIGNUM *k = BN_new();
    EC_POINT *out = EC_POINT_new(p->group);
    int ok = k != NULL && out != NULL;
    for (int i = 0; ok && i < 5; i++) {
        ok = BN_priv_rand_range(k, EC_GROUP_get0_order(p->group)) == 1 &&
             (i < 2 ? EC_POINT_mul(p->group, out, k, NULL, NULL, NULL)
                    : EC_POINT_mul(p->group, out, NULL, p->point, k, NULL)) == 1;
    }
    EC_POINT_free(out);
    BN_free(k);
    return ok;
}
