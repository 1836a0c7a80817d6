#include "CPeer.h"

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

struct part {
    EVP_PKEY *key;
    const EVP_MD *md;
    unsigned char *message, *signature;
    size_t message_count, signature_count;
};

struct chain {
    struct part parts[2];
};

static unsigned char *copy(const ASN1_STRING *string, size_t *count) {
    *count = (size_t)ASN1_STRING_length(string);
    unsigned char *out = malloc(*count);
    if (out != NULL) memcpy(out, ASN1_STRING_get0_data(string), *count);
    return out;
}

/* The signed attributes as a SET OF, in the order that they came in. */
static int take_attributes(struct part *part, CMS_SignerInfo *signer) {
    size_t count = 0;
    for (int i = 0; i < CMS_signed_get_attr_count(signer); i++) {
        count += (size_t)i2d_X509_ATTRIBUTE(CMS_signed_get_attr(signer, i), NULL);
    }
    if (count == 0 || count > 0xFFFF || (part->message = malloc(count + 4)) == NULL) return 0;
    unsigned char *at = part->message;
    *at++ = 0x31;
    if (count > 0xFF) {
        *at++ = 0x82;
        *at++ = (unsigned char)(count >> 8);
    } else if (count > 0x7F) {
        *at++ = 0x81;
    }
    *at++ = (unsigned char)count;
    for (int i = 0; i < CMS_signed_get_attr_count(signer); i++) {
        i2d_X509_ATTRIBUTE(CMS_signed_get_attr(signer, i), &at);
    }
    part->message_count = (size_t)(at - part->message);
    return 1;
}

static int take_signer(struct part *part, CMS_ContentInfo *cms, STACK_OF(X509) *certificates) {
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
    if (sk_CMS_SignerInfo_num(signers) != 1 || sk_X509_num(certificates) != 1) return 0;
    CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(signers, 0);
    X509_ALGOR *digest = NULL;
    CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, NULL);
    const ASN1_OBJECT *oid = NULL;
    X509_ALGOR_get0(&oid, NULL, NULL, digest);
    part->md = EVP_get_digestbyobj(oid);
    part->key = X509_get_pubkey(sk_X509_value(certificates, 0));
    part->signature = copy(CMS_SignerInfo_get0_signature(signer), &part->signature_count);
    return take_attributes(part, signer);
}

static int take_certificate(struct part *part, X509 *certificate, X509 *issuer) {
    int md = NID_undef;
    const ASN1_BIT_STRING *signature = NULL;
    X509_get0_signature(&signature, NULL, certificate);
    if (X509_get_signature_info(certificate, &md, NULL, NULL, NULL) != 1) return 0;
    part->md = EVP_get_digestbynid(md);
    part->key = X509_get_pubkey(issuer);
    part->signature = copy(signature, &part->signature_count);
    int count = i2d_re_X509_tbs(certificate, &part->message);
    part->message_count = count > 0 ? (size_t)count : 0;
    return count > 0;
}

chain *chain_new(const unsigned char *cms_bytes, size_t cms_count, const unsigned char *csca_bytes, size_t csca_count) {
    chain *c = calloc(1, sizeof *c);
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &cms_bytes, (long)cms_count);
    X509 *csca = d2i_X509(NULL, &csca_bytes, (long)csca_count);
    STACK_OF(X509) *certificates = cms == NULL ? NULL : CMS_get1_certs(cms);
    int ok = c != NULL && csca != NULL && certificates != NULL && take_signer(&c->parts[0], cms, certificates) &&
             take_certificate(&c->parts[1], sk_X509_value(certificates, 0), csca) && chain_verify(c, 0) == 1 &&
             chain_verify(c, 1) == 1;
    sk_X509_pop_free(certificates, X509_free);
    X509_free(csca);
    CMS_ContentInfo_free(cms);
    if (ok) return c;
    chain_free(c);
    return NULL;
}

void chain_free(chain *c) {
    if (c == NULL) return;
    for (int i = 0; i < 2; i++) {
        EVP_PKEY_free(c->parts[i].key);
        free(c->parts[i].message);
        free(c->parts[i].signature);
    }
    free(c);
}

int chain_verify(const chain *c, int which) {
    const struct part *part = &c->parts[which == 0 ? 0 : 1];
    if (part->key == NULL || part->md == NULL || part->signature == NULL) return 0;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int ok = ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, part->md, NULL, part->key) == 1 &&
             EVP_DigestVerify(ctx, part->signature, part->signature_count, part->message, part->message_count) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}
