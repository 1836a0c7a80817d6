#pragma once
#include <openssl/opensslv.h>
#if OPENSSL_VERSION_NUMBER < 0x30000000L
#error "swift-emrtd needs OpenSSL 3.0 or later (Debian, Ubuntu: libssl-dev)"
#endif
