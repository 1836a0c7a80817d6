#include "CEMRTDCrypto.h"
