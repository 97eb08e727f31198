/* SPDX-License-Identifier: ISC */
/* The ceiling of plain CGI: reads the body and answers 200. */
#include <unistd.h>

int
main(void)
{
	static const char answer[] = "Status: 200 OK\r\nContent-Type: application/json\r\n"
	                             "\r\n{\"outcome\":\"applied\"}\n";
	char body[4096];

	while (read(STDIN_FILENO, body, sizeof body) > 0)
		continue;
	return write(STDOUT_FILENO, answer, sizeof answer - 1) != (ssize_t)(sizeof answer - 1);
}
