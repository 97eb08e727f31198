/* SPDX-License-Identifier: ISC */
#include "doc_check.h"
