#!/usr/bin/python3 -Wignore
# SPDX-License-Identifier: ISC
"""E-mails and webhooks from macros to real receivers on loopback: a relay of
aiosmtpd, HTTP and HTTPS servers. Speaks TAP.

    BUILDDIR=build tests/post/post.py [FILE.py|CHECK]...     such as check_rebinding

A file has checks, all of which are run. Starts everything itself and leaves nothing behind."""

import glob
import importlib
import os
import shutil
import sys
import tempfile

try:
    import aiosmtpd  # noqa: F401
except ImportError:
    print('Bail out! %s has no aiosmtpd; examples/packages install test' % sys.executable)
    sys.exit(99)
from community import HERE, hear, ok, reports, results


def main():
    wanted = [os.path.basename(name) for name in sys.argv[1:]]
    checks = [(file, name, check) for file in sorted(os.listdir(HERE))
              if file.startswith('check_') and file.endswith('.py')
              for name, check in vars(importlib.import_module(file[:-3])).items()
              if name.startswith('check_')]
    checks = [(name, check) for file, name, check in checks
              if not wanted or file in wanted or name in wanted]
    if not checks:
        print('Bail out! there is no check ' + ' '.join(wanted))
        return 99
    for name, check in checks:
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
