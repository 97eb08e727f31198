/* SPDX-License-Identifier: ISC */
#include "listener.h"
#include "listener_main.h"

int
main(int argc, char **argv)
{
	return listener_main(argc, argv, &listener_macro);
}
