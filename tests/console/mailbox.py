# SPDX-License-Identifier: ISC
"""A mail relay for the browser test: prints its URL, then each mail as a line of JSON, with
what a person reads of it."""

import email
import email.policy
import json
import os
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'post'))
from receivers import Relay

relay = Relay()
print(relay.url, flush=True)
seen = 0
while os.getppid() == int(sys.argv[1]):
    for _, to, content, _ in relay.mail[seen:]:
        message = email.message_from_bytes(content, policy=email.policy.default)
        seen += 1
        print(json.dumps({'to': to, 'subject': message['Subject'],
                          'text': message.get_body(('plain',)).get_content()}), flush=True)
    time.sleep(0.05)
