#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>

#include "internal.h"

struct emrtd_curve {
    EC_GROUP *group;
    size_t field, order;
};

int emrtd_group_nid(int parameter_id) {
    switch (parameter_id) {  // Doc 9303-11, table 12
    case 8: return NID_X9_62_prime192v1;
    case 9: return NID_brainpoolP192r1;
    case 10: return NID_secp224r1;
    case 11: return NID_brainpoolP224r1;
    case 12: return NID_X9_62_prime256v1;
    case 13: return NID_brainpoolP256r1;
    case 14: return NID_brainpoolP320r1;
    case 15: return NID_secp384r1;
    case 16: return NID_brainpoolP384r1;
    case 17: return NID_brainpoolP512r1;
    case 18: return NID_secp521r1;
    default: return NID_undef;
    }
}

const char *emrtd_group_name(int parameter_id) {
    int nid = emrtd_group_nid(parameter_id);
    return nid == NID_undef ? NULL : OBJ_nid2sn(nid);
}

emrtd_curve *emrtd_curve_new(int parameter_id) {
    int nid = emrtd_group_nid(parameter_id);
    emrtd_curve *curve = nid == NID_undef ? NULL : OPENSSL_zalloc(sizeof *curve);
    if (curve == NULL) return NULL;
    curve->group = EC_GROUP_new_by_curve_name(nid);
    if (curve->group == NULL) {
        OPENSSL_free(curve);
        return NULL;
    }
    curve->field = ((size_t)EC_GROUP_get_degree(curve->group) + 7) / 8;
    curve->order = ((size_t)BN_num_bits(EC_GROUP_get0_order(curve->group)) + 7) / 8;
    return curve;
}

void emrtd_curve_free(emrtd_curve *curve) {
    if (curve == NULL) return;
    EC_GROUP_free(curve->group);
    OPENSSL_free(curve);
}

size_t emrtd_curve_field_length(const emrtd_curve *curve) { return curve->field; }

size_t emrtd_curve_order_length(const emrtd_curve *curve) { return curve->order; }

static int write_number(const BIGNUM *number, uint8_t *out, size_t count) {
    return BN_bn2binpad(number, out, (int)count) == (int)count;
}

emrtd_status emrtd_curve_values(const emrtd_curve *curve, uint8_t *p, uint8_t *a, uint8_t *b, uint8_t *gx, uint8_t *gy,
                                uint8_t *n) {
    BN_CTX *ctx = BN_CTX_new();
    if (ctx == NULL) return EMRTD_INTERNAL;
    BN_CTX_start(ctx);
    BIGNUM *bp = BN_CTX_get(ctx), *ba = BN_CTX_get(ctx), *bb = BN_CTX_get(ctx), *bx = BN_CTX_get(ctx),
           *by = BN_CTX_get(ctx);
    int ok = by != NULL && EC_GROUP_get_curve(curve->group, bp, ba, bb, ctx) == 1 &&
             EC_POINT_get_affine_coordinates(curve->group, EC_GROUP_get0_generator(curve->group), bx, by, ctx) == 1 &&
             write_number(bp, p, curve->field) && write_number(ba, a, curve->field) &&
             write_number(bb, b, curve->field) && write_number(bx, gx, curve->field) &&
             write_number(by, gy, curve->field) &&
             write_number(EC_GROUP_get0_order(curve->group), n, curve->order);
    BN_CTX_end(ctx);
    BN_CTX_free(ctx);
    return ok ? EMRTD_OK : EMRTD_INTERNAL;
}

// Reads a point; EC_POINT_oct2point refuses coordinates beyond the field and points off the curve.
static EC_POINT *read_point(const emrtd_curve *curve, const uint8_t *in, size_t count, BN_CTX *ctx) {
    if (count < 1 || (in[0] != 4 && in[0] != 2 && in[0] != 3)) return NULL;
    EC_POINT *point = EC_POINT_new(curve->group);
    ERR_set_mark();
    if (point != NULL && (EC_POINT_oct2point(curve->group, point, in, count, ctx) != 1 ||
                          EC_POINT_is_at_infinity(curve->group, point) == 1 ||
                          EC_POINT_is_on_curve(curve->group, point, ctx) != 1)) {
        EC_POINT_free(point);
        point = NULL;
    }
    ERR_pop_to_mark();
    return point;
}

static emrtd_status write_point(const emrtd_curve *curve, const EC_POINT *point, uint8_t *out, BN_CTX *ctx) {
    size_t count = 1 + 2 * curve->field;
    if (EC_POINT_is_at_infinity(curve->group, point) == 1) return EMRTD_INPUT;
    return EC_POINT_point2oct(curve->group, point, POINT_CONVERSION_UNCOMPRESSED, out, count, ctx) == count
               ? EMRTD_OK
               : EMRTD_INTERNAL;
}

emrtd_status emrtd_curve_point(const emrtd_curve *curve, const uint8_t *in, size_t count, uint8_t *out) {
    BN_CTX *ctx = BN_CTX_new();
    if (ctx == NULL) return EMRTD_INTERNAL;
    EC_POINT *point = read_point(curve, in, count, ctx);
    emrtd_status status = point == NULL ? EMRTD_INPUT : write_point(curve, point, out, ctx);
    EC_POINT_free(point);
    BN_CTX_free(ctx);
    return status;
}

emrtd_status emrtd_curve_random_scalar(const emrtd_curve *curve, uint8_t *out) {
    BIGNUM *k = BN_secure_new();
    emrtd_status status = EMRTD_INTERNAL;
    if (k != NULL) {
        BN_set_flags(k, BN_FLG_CONSTTIME);
        int ok;
        do {
            ok = BN_priv_rand_range(k, EC_GROUP_get0_order(curve->group));
        } while (ok == 1 && BN_is_zero(k));
        if (ok == 1 && write_number(k, out, curve->order)) status = EMRTD_OK;
    }
    BN_clear_free(k);
    return status;
}

// One multiplication with a secret scalar: libcrypto's ladder, or its table-driven constant-time code for P-256.
static EC_POINT *multiply(const emrtd_curve *curve, const EC_POINT *base, const uint8_t *scalar, size_t scalar_count,
                          BN_CTX *ctx) {
    EC_POINT *result = EC_POINT_new(curve->group);
    BIGNUM *k = BN_secure_new();
    int ok = 0;
    if (result != NULL && k != NULL && scalar_count <= 256 && BN_bin2bn(scalar, (int)scalar_count, k) != NULL) {
        BN_set_flags(k, BN_FLG_CONSTTIME);
        ok = base == NULL ? EC_POINT_mul(curve->group, result, k, NULL, NULL, ctx)
                          : EC_POINT_mul(curve->group, result, NULL, base, k, ctx);
    }
    BN_clear_free(k);
    if (ok != 1) {
        EC_POINT_clear_free(result);
        return NULL;
    }
    return result;
}

emrtd_status emrtd_curve_multiply(const emrtd_curve *curve, const uint8_t *base, const uint8_t *scalar,
                                  size_t scalar_count, uint8_t *out) {
    BN_CTX *ctx = BN_CTX_secure_new();
    if (ctx == NULL) return EMRTD_INTERNAL;
    EC_POINT *start = base == NULL ? NULL : read_point(curve, base, 1 + 2 * curve->field, ctx);
    emrtd_status status = base != NULL && start == NULL ? EMRTD_INPUT : EMRTD_OK;
    if (status == EMRTD_OK) {
        EC_POINT *result = multiply(curve, start, scalar, scalar_count, ctx);
        status = result == NULL ? EMRTD_INTERNAL : write_point(curve, result, out, ctx);
        EC_POINT_clear_free(result);
    }
    EC_POINT_free(start);
    BN_CTX_free(ctx);
    return status;
}

emrtd_status emrtd_curve_map_generic(const emrtd_curve *curve, const uint8_t *s, size_t s_count, const uint8_t *h,
                                     uint8_t *out) {
    BN_CTX *ctx = BN_CTX_secure_new();
    if (ctx == NULL) return EMRTD_INTERNAL;
    EC_POINT *point = read_point(curve, h, 1 + 2 * curve->field, ctx);
    EC_POINT *result = NULL;
    emrtd_status status = EMRTD_INPUT;
    if (point != NULL) {
        result = multiply(curve, NULL, s, s_count, ctx);
        status = result != NULL && EC_POINT_add(curve->group, result, result, point, ctx) == 1
                     ? write_point(curve, result, out, ctx)
                     : EMRTD_INTERNAL;
    }
    EC_POINT_clear_free(result);
    EC_POINT_clear_free(point);
    BN_CTX_free(ctx);
    return status;
}

emrtd_status emrtd_curve_shared_secret(const emrtd_curve *curve, const uint8_t *point, const uint8_t *scalar,
                                       size_t scalar_count, uint8_t *out) {
    uint8_t result[1 + 2 * 66];
    emrtd_status status = emrtd_curve_multiply(curve, point, scalar, scalar_count, result);
    if (status == EMRTD_OK) {
        for (size_t i = 0; i < curve->field; i++) out[i] = result[1 + i];
    }
    emrtd_cleanse(result, sizeof result);
    return status;
}
