// Memory of libcrypto that runs out on demand, for tests: it counts and refuses the allocations of one thread.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// 1 where libcrypto allocates through here, which it does unless it allocated something before the program's start.
int allocation_failures_installed(void);
// From now on this thread's allocation number `first` (0 is the next one) fails, and `count - 1` after it.
void allocation_failures_begin(size_t first, size_t count);
// No allocation fails any more. How many have failed since the beginning.
size_t allocation_failures_end(void);

#ifdef __cplusplus
}
#endif
