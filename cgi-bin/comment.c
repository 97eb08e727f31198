/* SPDX-License-Identifier: ISC */
#include "listen/listener.h"
#include "serve/listener_main.h"

int
main(int argc, char **argv)
{
	return listener_main(argc, argv, &listener_comment);
}
