"""The OpenAPI document of a running haasd, held by somebody else's validator against what haasd really answers."""

import json
import unittest

import jsonschema

import haas_e2e
from haas_e2e import Case, IPMI, MOCK


class OpenApi(Case):
    def setUp(self):
        super().setUp()
        self.daemon = self.start()
        answer = self.daemon.call("GET", "/v0/openapi.json")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/json"))
        self.document = answer.json

    def validator(self, schema):
        # The document's own references are found because the schema is read as a part of it.
        whole = {**schema, "components": self.document["components"]}
        return jsonschema.Draft202012Validator(whole)

    def resolve(self, part):
        while "$ref" in part:
            target = self.document
            for step in part["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            part = target
        return part

    def holds(self, method, path, body=None, **names):
        """Makes the call and holds request and answer against the operation at `path`; the answer."""
        operation = self.document["paths"][path.partition("?")[0]][method.lower()]
        if body is not None:
            self.validator(operation["requestBody"]["content"]["application/json"]["schema"]).validate(body)
        answer = self.daemon.call(method, path.format(**names), body)
        said = operation["responses"].get(str(answer.status)) or operation["responses"]["default"]
        content = self.resolve(said).get("content")
        if answer.body:
            self.validator(content[answer.headers["Content-Type"]]["schema"]).validate(answer.json)
        return answer

    def test_the_schemas_are_schemas(self):
        self.assertEqual(self.document["openapi"], "3.1.0")
        for name, schema in self.document["components"]["schemas"].items():
            with self.subTest(name):
                jsonschema.Draft202012Validator.check_schema(schema)

    def test_real_answers_are_as_documented(self):
        registered = {"obm": {"type": MOCK, "host": "n1", "password": "p"}, "metadata": {"rack": "r1"}}
        calls = [
            ("PUT", "/v0/node/{node}", registered, 200),
            ("PUT", "/v0/node/{node}", registered, 409),
            ("GET", "/v0/node/{node}", None, 200),
            ("GET", "/v0/node/{node}/power_status", None, 200),
            ("GET", "/v0/nodes", None, 200),
            ("GET", "/v0/nodes?metadata.rack=r1&power=off", None, 200),
            ("GET", "/v0/nodes?limit=0", None, 400),
            ("GET", "/v0/nodes/all", None, 200),
            ("GET", "/v0/drivers", None, 200),
            ("GET", "/v0/active_extensions", None, 200),
            ("PATCH", "/v0/node/{node}", {"obm": {"user": "u"}, "metadata": {"rack": None}}, 200),
            ("PATCH", "/v0/node/{node}", {"obm": {"latency_ms": -1}}, 400),
            ("POST", "/v0/node/{node}/diagnose", None, 200),
            ("POST", "/v0/node/{node}/power_on", {"always": False}, 200),
            ("POST", "/v0/node/{node}/power_cycle", {"force": True}, 200),
            ("PUT", "/v0/node/{node}/boot_device", {"bootdev": "pxe"}, 200),
            ("GET", "/v0/node/{node}/boot_device", None, 200),
            ("POST", "/v0/node/{node}/token", {"rights": ["status"], "ttl": 60}, 200),
            ("GET", "/v0/node/{node}/tokens", None, 200),
            ("GET", "/v0/audit", None, 200),
            ("DELETE", "/v0/node/{node}", None, 200),
            ("GET", "/v0/node/{node}", None, 404),
        ]
        for method, path, body, status in calls:
            with self.subTest(f"{method} {path}"):
                self.assertEqual(self.holds(method, path, body, node="n1").status, status)

    def test_conditions(self):
        self.daemon.register("n1", MOCK, host="n1")
        tag = self.daemon.call("GET", "/v0/node/n1").headers["ETag"]
        same = self.daemon.call("GET", "/v0/node/n1", headers={"If-None-Match": tag})
        self.assertEqual((same.status, same.body, same.headers["ETag"]), (304, "", tag))
        change = {"metadata": {"rack": "r1"}}
        self.assertEqual(self.daemon.call("PATCH", "/v0/node/n1", change, {"If-Match": tag}).status, 200)
        self.assertEqual(self.daemon.call("PATCH", "/v0/node/n1", change, {"If-Match": tag}).status, 412)
        self.assertEqual(self.daemon.call("DELETE", "/v0/node/n1", headers={"If-Match": tag}).status, 412)

    def test_the_loaded_drivers_are_in_it(self):
        obm = self.validator({"$ref": "#/components/schemas/Obm"})
        ipmi = {"type": IPMI, "host": "ipmi_node-01", "user": "ipmi_user", "password": "ipmi_pass"}
        self.assertTrue(obm.is_valid(ipmi))
        self.assertTrue(obm.is_valid({"type": MOCK, "host": "n1"}))
        self.assertFalse(obm.is_valid({**ipmi, "type": "http://x"}))
        self.assertFalse(obm.is_valid({**ipmi, "latency_ms": 5}))
        mapping = self.document["components"]["schemas"]["Obm"]["discriminator"]["mapping"]
        self.assertEqual(set(mapping), {IPMI, MOCK})
        self.assertNotIn("ipmi_pass", json.dumps(self.document))


if __name__ == "__main__":
    haas_e2e.main()
