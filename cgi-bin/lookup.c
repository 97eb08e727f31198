/* SPDX-License-Identifier: ISC */
#include "serve/listener_main.h"

int
main(int argc, char **argv)
{
	return reader_main(argc, argv, "lookup");
}
