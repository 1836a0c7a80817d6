#include "CAllocationFailures.h"

#include <openssl/crypto.h>
#include <stdlib.h>

static int installed;
static _Thread_local int active;
static _Thread_local size_t before, wanted, failed;

static int fails(void) {
    if (!active) return 0;
    if (before > 0) {
        before--;
        return 0;
    }
    if (failed >= wanted) return 0;
    failed++;
    return 1;
}

static void *allocate(size_t count, const char *file, int line) {
    (void)file;
    (void)line;
    return count == 0 || fails() ? NULL : malloc(count);
}

static void *reallocate(void *old, size_t count, const char *file, int line) {
    (void)file;
    (void)line;
    if (count == 0) {
        free(old);
        return NULL;
    }
    return fails() ? NULL : realloc(old, count);
}

static void release(void *old, const char *file, int line) {
    (void)file;
    (void)line;
    free(old);
}

// libcrypto takes other functions only before its first allocation.
__attribute__((constructor)) static void install(void) {
    installed = CRYPTO_set_mem_functions(allocate, reallocate, release) == 1;
}

int allocation_failures_installed(void) { return installed; }

void allocation_failures_begin(size_t first, size_t count) {
    before = first;
    wanted = count;
    failed = 0;
    active = 1;
}

size_t allocation_failures_end(void) {
    active = 0;
    return failed;
}
