#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""E-mails and webhooks from macros to real receivers on loopback: a relay of
aiosmtpd, HTTP and HTTPS servers. Speaks TAP.

    BUILDDIR=build tests/post/post.py [CHECK...]     such as check_rebinding

Starts everything itself and leaves nothing behind."""

import glob
import os
import shutil
import sys
import tempfile

import check_hooks
import check_macros
import check_mail
from community import hear, ok, reports, results


def main():
    checks = [(name, getattr(module, name)) for module in (check_mail, check_hooks, check_macros)
              for name in vars(module) if name.startswith('check_')]
    for name, check in checks:
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        top = tempfile.mkdtemp(prefix='earshot-post-')
        try:
            print('# %s' % name)
            check(top)
        except Exception as error:
            ok(False, '%s came to its end: %r' % (name, error))
        finally:
            for path in glob.glob(os.path.join(top, '*.log')):
                with open(path, errors='replace') as log:
                    hear(log.read())
            shutil.rmtree(top, ignore_errors=True)
    ok(not reports, 'no sanitizer and no assertion has spoken')
    for line in reports:
        print('# ' + line)
    print('1..%d' % results['count'])
    return results['failed'] != 0


sys.exit(main())
