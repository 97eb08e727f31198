/* SPDX-License-Identifier: ISC */
/*
 * What sanitizers are not to report, and why. In every object built for them:
 * programs whose environment is empty, or that may no longer read the source,
 * need it as well.
 */
#ifndef EARSHOT_SANITIZERS_H
#define EARSHOT_SANITIZERS_H

/*
 * Berkeley DB latches pages in the order in which it goes down a tree; pages are
 * reused elsewhere in a tree later, which looks like the reverse order, and the
 * search for that among all its latches takes minutes. Nor may its mutexes pass
 * for ours: what two of our threads share needs our own. In fault tests its calls
 * come through shim.so.
 */
#ifdef __SANITIZE_THREAD__
const char *__tsan_default_suppressions(void);

__attribute__((weak)) const char *
__tsan_default_suppressions(void)
{
	return "called_from_lib:libdb-5.3.so\ncalled_from_lib:shim.so\n";
}
#endif

/*
 * When an environment cannot be opened, Berkeley DB loses a block of its own while it
 * gives the rest back. One that cannot write is left as it is, and its pages hang
 * together by offsets, which nobody else can follow.
 */
#ifdef __SANITIZE_ADDRESS__
const char *__lsan_default_suppressions(void);

__attribute__((weak)) const char *
__lsan_default_suppressions(void)
{
	return "leak:__env_remove_env\nleak:__env_alloc\n";
}
#endif

#endif
