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

int emrtd_curve_is_available(int parameter_id) {
    // libcrypto 3 has 82 curves.
    EC_builtin_curve curves[256];
    int nid = emrtd_group_nid(parameter_id);
    size_t count = EC_get_builtin_curves(curves, sizeof curves / sizeof curves[0]);
    if (nid == NID_undef) return 0;
    for (size_t i = 0; i < count && i < sizeof curves / sizeof curves[0]; i++) {
        if (curves[i].nid == nid) return 1;
    }
    return 0;
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

const EC_GROUP *emrtd_curve_group(const emrtd_curve *curve) { return curve->group; }

size_t emrtd_curve_field_length(const emrtd_curve *curve) { return curve->field; }

size_t emrtd_curve_order_length(const emrtd_curve *curve) { return curve->order; }

int emrtd_write_number(const BIGNUM *number, uint8_t *out, size_t count) {
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
             emrtd_write_number(bp, p, curve->field) && emrtd_write_number(ba, a, curve->field) &&
             emrtd_write_number(bb, b, curve->field) && emrtd_write_number(bx, gx, curve->field) &&
             emrtd_write_number(by, gy, curve->field) &&
             emrtd_write_number(EC_GROUP_get0_order(curve->group), n, curve->order);
    BN_CTX_end(ctx);
    BN_CTX_free(ctx);
    return ok ? EMRTD_OK : EMRTD_INTERNAL;
}

// Whether bytes encode a point of the curve (SEC 1, 2.3.4), by arithmetic of its own: 1, 0, or -1 where libcrypto failed.
//
// For where EC_POINT_oct2point has refused them: that can be for want of memory, and the reasons it leaves do not tell.
static int encodes_point(const emrtd_curve *curve, const uint8_t *in, size_t count, BN_CTX *ctx) {
    const size_t field = curve->field;
    if (count != (in[0] == 4 ? 1 + 2 * field : 1 + field)) return 0;
    BN_CTX_start(ctx);
    BIGNUM *p = BN_CTX_get(ctx), *a = BN_CTX_get(ctx), *b = BN_CTX_get(ctx), *x = BN_CTX_get(ctx),
           *y = BN_CTX_get(ctx), *square = BN_CTX_get(ctx);
    int found = -1;
    if (square == NULL || EC_GROUP_get_curve(curve->group, p, a, b, ctx) != 1 ||
        BN_bin2bn(in + 1, (int)field, x) == NULL || (in[0] == 4 && BN_bin2bn(in + 1 + field, (int)field, y) == NULL)) {
        found = -1;
    } else if (BN_cmp(x, p) >= 0 || (in[0] == 4 && BN_cmp(y, p) >= 0)) {
        found = 0;
    } else if (BN_mod_sqr(square, x, p, ctx) == 1 && BN_mod_add(square, square, a, p, ctx) == 1 &&
               BN_mod_mul(square, square, x, p, ctx) == 1 && BN_mod_add(square, square, b, p, ctx) == 1) {
        if (in[0] == 4) {
            if (BN_mod_sqr(y, y, p, ctx) == 1) found = BN_cmp(y, square) == 0;
        } else {
            // The curves have prime order, so no point of theirs has y = 0.
            int symbol = BN_kronecker(square, p, ctx);
            found = symbol == 1 ? 1 : symbol == -2 ? -1 : 0;
        }
    }
    BN_CTX_end(ctx);
    return found;
}

// Reads a point into a new one; EC_POINT_oct2point refuses coordinates beyond the field and points off the curve.
emrtd_status emrtd_read_point(const emrtd_curve *curve, const uint8_t *in, size_t count, BN_CTX *ctx,
                              EC_POINT **out) {
    *out = NULL;
    if (count < 1 || (in[0] != 4 && in[0] != 2 && in[0] != 3)) return EMRTD_INPUT;
    EC_POINT *point = *out = EC_POINT_new(curve->group);
    if (point == NULL) return EMRTD_INTERNAL;
    ERR_set_mark();
    emrtd_status status = EMRTD_OK;
    if (EC_POINT_oct2point(curve->group, point, in, count, ctx) != 1 ||
        EC_POINT_is_at_infinity(curve->group, point) == 1 || EC_POINT_is_on_curve(curve->group, point, ctx) != 1) {
        status = encodes_point(curve, in, count, ctx) == 0 ? EMRTD_INPUT : EMRTD_INTERNAL;
    }
    ERR_pop_to_mark();
    return status;
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
    EC_POINT *point = NULL;
    emrtd_status status = emrtd_read_point(curve, in, count, ctx, &point);
    if (status == EMRTD_OK) status = write_point(curve, point, out, ctx);
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
        if (ok == 1 && emrtd_write_number(k, out, curve->order)) status = EMRTD_OK;
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
    EC_POINT *start = NULL;
    emrtd_status status = base == NULL ? EMRTD_OK : emrtd_read_point(curve, base, 1 + 2 * curve->field, ctx, &start);
    if (status == EMRTD_OK) {
        EC_POINT *result = multiply(curve, start, scalar, scalar_count, ctx);
        status = result == NULL ? EMRTD_INTERNAL : write_point(curve, result, out, ctx);
        EC_POINT_clear_free(result);
    }
    // A base may be the mapped generator, which is as secret as the password.
    EC_POINT_clear_free(start);
    BN_CTX_free(ctx);
    return status;
}

emrtd_status emrtd_curve_map_generic(const emrtd_curve *curve, const uint8_t *s, size_t s_count, const uint8_t *h,
                                     uint8_t *out) {
    BN_CTX *ctx = BN_CTX_secure_new();
    if (ctx == NULL) return EMRTD_INTERNAL;
    EC_POINT *point = NULL, *result = NULL;
    emrtd_status status = emrtd_read_point(curve, h, 1 + 2 * curve->field, ctx, &point);
    if (status == EMRTD_OK) {
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

// Point encoding of Doc 9303-11, B.2.2 (simplified Shallue-van de Woestijne-Ulas), affine, for p = 3 mod 4.
// EMRTD_INPUT for a t that encodes no point.
static emrtd_status encode_point(const emrtd_curve *curve, BIGNUM *t, EC_POINT *point, BN_CTX *ctx) {
    BIGNUM *p = BN_CTX_get(ctx), *a = BN_CTX_get(ctx), *b = BN_CTX_get(ctx), *alpha = BN_CTX_get(ctx),
           *x2 = BN_CTX_get(ctx), *x3 = BN_CTX_get(ctx), *h2 = BN_CTX_get(ctx), *u = BN_CTX_get(ctx),
           *A = BN_CTX_get(ctx), *w = BN_CTX_get(ctx), *e = BN_CTX_get(ctx);
    if (e == NULL || EC_GROUP_get_curve(curve->group, p, a, b, ctx) != 1) return EMRTD_INTERNAL;
    // 1. alpha = -t^2
    if (!BN_mod_sqr(alpha, t, p, ctx) || !BN_sub(alpha, p, alpha) || !BN_nnmod(alpha, alpha, p, ctx)) return EMRTD_INTERNAL;
    // 2. X2 = -b / a * (1 + 1 / (alpha + alpha^2)); a t with alpha + alpha^2 = 0 has no inverse and is refused.
    if (!BN_mod_sqr(w, alpha, p, ctx) || !BN_mod_add(w, w, alpha, p, ctx)) return EMRTD_INTERNAL;
    if (BN_is_zero(w)) return EMRTD_INPUT;
    BN_set_flags(w, BN_FLG_CONSTTIME);
    if (BN_mod_inverse(w, w, p, ctx) == NULL || !BN_add_word(w, 1) || BN_mod_inverse(e, a, p, ctx) == NULL ||
        !BN_mod_mul(e, e, b, p, ctx) || !BN_sub(e, p, e) || !BN_mod_mul(x2, e, w, p, ctx)) {
        return EMRTD_INTERNAL;
    }
    // 3. X3 = alpha X2
    if (!BN_mod_mul(x3, alpha, x2, p, ctx)) return EMRTD_INTERNAL;
    // 4. h2 = X2^3 + a X2 + b; 5. computes h3, which no later step needs.
    if (!BN_mod_sqr(w, x2, p, ctx) || !BN_mod_add(w, w, a, p, ctx) || !BN_mod_mul(w, w, x2, p, ctx) ||
        !BN_mod_add(h2, w, b, p, ctx)) {
        return EMRTD_INTERNAL;
    }
    // 6. U = t^3 h2
    if (!BN_mod_sqr(u, t, p, ctx) || !BN_mod_mul(u, u, t, p, ctx) || !BN_mod_mul(u, u, h2, p, ctx)) return EMRTD_INTERNAL;
    // 7. A = h2^(p - 1 - (p + 1) / 4)
    if (BN_copy(e, p) == NULL || !BN_add_word(e, 1) || !BN_rshift(e, e, 2) || !BN_sub(e, p, e) ||
        !BN_sub_word(e, 1) || !BN_mod_exp_mont_consttime(A, h2, e, p, ctx, NULL)) {
        return EMRTD_INTERNAL;
    }
    // 8. (X2, A h2) where A^2 h2 = 1; 9. (X3, A U) otherwise. Both are computed, so that the choice hardly takes time.
    BIGNUM *y2 = w, *y3 = u;
    if (!BN_mod_sqr(e, A, p, ctx) || !BN_mod_mul(e, e, h2, p, ctx) || !BN_mod_mul(y2, A, h2, p, ctx) ||
        !BN_mod_mul(y3, A, u, p, ctx)) {
        return EMRTD_INTERNAL;
    }
    int first = BN_is_one(e);
    // libcrypto refuses coordinates that are not on the curve, which these are.
    return EC_POINT_set_affine_coordinates(curve->group, point, first ? x2 : x3, first ? y2 : y3, ctx) == 1
               ? EMRTD_OK
               : EMRTD_INTERNAL;
}

emrtd_status emrtd_curve_map_integrated(const emrtd_curve *curve, const uint8_t *r, size_t r_count, uint8_t *out) {
    BN_CTX *ctx = BN_CTX_secure_new();
    EC_POINT *point = EC_POINT_new(curve->group);
    BIGNUM *t = BN_secure_new();
    emrtd_status status = EMRTD_INTERNAL;
    ERR_set_mark();
    if (ctx != NULL && point != NULL && t != NULL && r_count <= 256 && BN_bin2bn(r, (int)r_count, t) != NULL) {
        const BIGNUM *p = EC_GROUP_get0_field(curve->group);
        BN_CTX_start(ctx);
        if (!BN_is_bit_set(p, 0) || !BN_is_bit_set(p, 1)) {
            status = EMRTD_INPUT;  // secp224r1: p = 1 mod 4
        } else if (BN_nnmod(t, t, p, ctx) == 1) {
            status = encode_point(curve, t, point, ctx);
            if (status == EMRTD_OK) status = write_point(curve, point, out, ctx);
        }
        BN_CTX_end(ctx);
    }
    ERR_pop_to_mark();
    BN_clear_free(t);
    EC_POINT_clear_free(point);
    BN_CTX_free(ctx);
    return status;
}

emrtd_status emrtd_curve_quotient(const emrtd_curve *curve, const uint8_t *divisor, size_t divisor_count,
                                  const uint8_t *dividend, size_t dividend_count, uint8_t *out) {
    BN_CTX *ctx = BN_CTX_secure_new();
    BIGNUM *d = BN_secure_new(), *n = BN_secure_new();
    const BIGNUM *order = EC_GROUP_get0_order(curve->group);
    emrtd_status status = EMRTD_INTERNAL;
    ERR_set_mark();
    if (ctx != NULL && d != NULL && n != NULL && divisor_count <= 256 && dividend_count <= 256 &&
        BN_bin2bn(divisor, (int)divisor_count, d) != NULL && BN_bin2bn(dividend, (int)dividend_count, n) != NULL) {
        BN_set_flags(d, BN_FLG_CONSTTIME);
        if (BN_mod_inverse(d, d, order, ctx) == NULL) {
            // The order is prime, so only its multiples have no inverse.
            status = BN_nnmod(d, d, order, ctx) == 1 && BN_is_zero(d) ? EMRTD_INPUT : EMRTD_INTERNAL;
        } else if (BN_mod_mul(n, n, d, order, ctx) == 1 && emrtd_write_number(n, out, curve->order)) {
            status = EMRTD_OK;
        }
    }
    ERR_pop_to_mark();
    BN_clear_free(d);
    BN_clear_free(n);
    BN_CTX_free(ctx);
    return status;
}
