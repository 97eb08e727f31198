/* SPDX-License-Identifier: ISC */
#include "console/console.h"
#include "serve/listener_main.h"

int
main(int argc, char **argv)
{
	return front_main(argc, argv, "console", "that has the pages for managers", console_new);
}
