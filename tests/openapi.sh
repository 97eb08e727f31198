#!/bin/sh
# SPDX-License-Identifier: ISC
# src/manual/openapi.json is a clean description, names every code with its status, and
# the programs answer as it says.
top=${TOP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
build=${BUILDDIR:-$top/build}
exec python3 - "$top" "$build" <<'END'
import json, os, re, shutil, subprocess, sys, tempfile

top, build = sys.argv[1:]
linter = "@stoplight/spectral-cli@6.16.3"
count = failed = 0


def check(name, wrong):
    global count, failed
    count += 1
    failed += bool(wrong)
    print("%s %d - %s" % ("not ok" if wrong else "ok", count, name))
    for line in str(wrong).split("\n") if wrong else ():
        print("# " + line)


with open(top + "/src/manual/openapi.json", encoding="utf-8") as file:
    description = json.load(file)
responses = description["components"]["responses"]

# ---- codes

with open(top + "/src/base/fault.c", encoding="utf-8") as file:
    table = file.read().split("[FAULT_USAGE]")[0]
faults = set(re.findall(r'\{ (\d+), "([a-z-]+)"', table)) - {
    ("200", "described"), ("200", "unfinished")}    # of GET; only in the log
told = {("200", code) for code in
        description["components"]["schemas"]["Outcome"]["properties"]["outcome"]["enum"]}
for path in description["paths"].values():
    for status, response in path.get("post", {"responses": {}})["responses"].items():
        problem = responses[response["$ref"].split("/")[-1]]["content"].get(
            "application/problem+json")
        if problem:
            told |= {(status, code) for code in
                     problem["schema"]["allOf"][1]["properties"]["code"]["enum"]}
check("every outcome and code has its status", sorted(faults ^ told) if len(faults) > 30
      else "only %d were found in the source" % len(faults))

# ---- types of listeners, by the register

with open(top + "/src/listen/listener.h", encoding="utf-8") as file:
    types = re.findall(r"TYPE\((\w+)\)", re.search(r"define LISTENER_TYPES\(TYPE\)(.*)",
                                                    file.read())[1])
check("every type of listener, and no other, is in the path",
      sorted(set(description["components"]["parameters"]["Type"]["schema"]["enum"]) ^
             {name + end for name in types for end in ("", ".fcgi")}) if len(types) > 2
      else "only %s were found in the register" % types)

# ---- the linter

place = os.path.join(build, "openapi-lint")
program = os.path.join(place, "node_modules", ".bin", "spectral")
if shutil.which("npm") is None:
    count += 1
    print("ok %d - the linter # SKIP npm is not installed" % count)
else:
    if not os.path.exists(program):
        os.makedirs(place, exist_ok=True)
        said = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent",
                               "--prefix", place, linter], capture_output=True, text=True,
                              check=False)
    with open(os.path.join(place, "rules.yaml"), "w", encoding="ascii") as file:
        file.write('extends: ["spectral:oas"]\nrules:\n  info-contact: off\n')
    if os.path.exists(program):
        said = subprocess.run([program, "lint", "--fail-severity", "hint", "-r",
                               os.path.join(place, "rules.yaml"), top + "/src/manual/openapi.json"],
                              capture_output=True, text=True, check=False)
    check("the linter finds nothing", said.returncode and said.stdout + said.stderr)

# ---- answers, as a CGI server gets them


def validator(schema):
    import jsonschema
    return jsonschema.Draft202012Validator(
        {**schema, "components": description["components"]})


with tempfile.TemporaryDirectory(prefix="earshot-openapi.") as home:
    env = dict(os.environ, EARSHOT_HOME=home, EARSHOT_DEMO=top + "/examples/demo.jsonl")
    key = subprocess.run([build + "/src/earshot", "init", "--demo"], env=env, text=True,
                         capture_output=True, check=True).stdout.split("\n")[1]
    subprocess.run([build + "/src/earshot", "apply", "-"], env=env, check=True, text=True,
                   stdout=subprocess.DEVNULL, input=json.dumps(
                       {"kind": "listener", "key": "many", "type": "data", "each": "items",
                        "automation": "user", "apiKey": "demo", "group": "usage",
                        "target": {"match": "email", "parameter": "email"}}))

    def ask(method, path, body="", with_key=True, **headers):
        """Status, headers, body."""
        request = dict(env, GATEWAY_INTERFACE="CGI/1.1", REQUEST_METHOD=method,
                       REQUEST_URI="/listen" + path, REMOTE_ADDR="192.0.2.7",
                       QUERY_STRING=path.partition("?")[2], SCRIPT_NAME="",
                       CONTENT_TYPE="application/json",
                       CONTENT_LENGTH=str(len(body.encode())), **headers)
        if with_key:
            request["HTTP_X_API_KEY"] = key
        answer = subprocess.run(["%s/cgi-bin/%s.fcgi" % (build, path.split("/")[1])],
                                env=request, input=body.encode(), capture_output=True,
                                check=True).stdout.decode()
        head, _, rest = answer.partition("\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.split("\r\n"))
        return fields["Status"].split()[0], fields, rest

    ann = '"email":"ann@mail.example"'
    for name, wanted, template, arguments in (
            ("applied", "200", "", ("POST", "/data/usage", "{%s,\"launches\":41}" % ann)),
            ("filtered", "200", "", ("POST", "/macro/award", "{%s}" % ann)),
            ("dry run", "200", "", ("POST", "/data/usage?dry_run=1", "{%s,\"launches\":4}" % ann)),
            ("batch", "200", "", ("POST", "/data/many",
                                  '{"items":[{%s,"launches":42},{"email":"no"}]}' % ann)),
            ("batch that fails", "422", "", ("POST", "/data/many", '{"items":[{"email":"no"}]}')),
            ("bad values", "422", "", ("POST", "/data/usage", "{%s,\"launches\":\"x\"}" % ann)),
            ("bad JSON", "400", "", ("POST", "/data/usage", "{")),
            ("no key", "401", "", ("POST", "/data/usage", "{}", False)),
            ("no listener", "404", "", ("POST", "/data/none", "{}")),
            ("method", "405", "", ("PUT", "/data/usage", "{}")),
            ("description", "200", "", ("GET", "/data/usage")),
            ("this description", "200", "/{type}/-/openapi.json",
             ("GET", "/data/-/openapi.json", "", False)),
            ("health", "200", "/{type}/-/health", ("GET", "/data/-/health", "", False))):
        status, fields, body = ask(*arguments)
        path = description["paths"][template or "/{type}/{key}"]
        response = path.get(arguments[0].lower(), path.get("post"))["responses"].get(status)
        wrong = "status %s" % status if status != wanted else None
        if response and not wrong:
            if "$ref" in response:
                response = responses[response["$ref"].split("/")[-1]]
            kind = fields["Content-Type"].split(";")[0]
            content = response["content"].get(kind)
            wrong = "\n".join(str(e.message) for e in validator(
                content["schema"]).iter_errors(json.loads(body))) if content else kind
            wrong = wrong or "\n".join("no header " + h for h in response["headers"]
                                       if h not in fields)
        check("an answer as described: " + name, wrong and "%s\n%s" % (wrong, body))
print("1..%d" % count)
sys.exit(failed > 0)
END
