"""Node tokens and the audit trail on the real daemon: a token ends at once, stays ended, and stands nowhere in clear."""
import haas_e2e
from haas_e2e import BASIC, MOCK, Case

CLOSED = BASIC.replace("mode = none", "admin_token_file = admin.token")
ADMIN_TOKEN = "the administrator's own 0123456789"


class Tokens(Case):
    def setUp(self):
        super().setUp()
        file = self.folder / "admin.token"
        file.write_text(ADMIN_TOKEN + "\n")
        file.chmod(0o600)
        self.daemon = self.start(CLOSED)
        self.admin = haas_e2e.basic("admin", ADMIN_TOKEN)
        for node in ("n1", "n2"):
            self.ask("PUT", f"/node/{node}", {"obm": {"type": MOCK, "host": "h", "password": "p"}})

    def ask(self, method, path, body=None, headers=None):
        answer = self.daemon.call(method, path, body, self.admin if headers is None else headers)
        self.assertEqual(answer.status, 200, answer.body)
        return answer

    def test_a_token_has_its_rights_until_it_is_revoked(self):
        made = self.ask("POST", "/v0/node/n1/token", {"rights": "status,power", "label": "night shift", "ttl": 3600}).json
        holder = {"Authorization": "Bearer " + made["token"]}
        self.ask("POST", "/node/n1/power_on", headers=holder)
        self.assertEqual(self.ask("GET", "/nodes/all", headers=holder).json, ["n1"])
        self.assertEqual(self.daemon.call("PUT", "/node/n1/boot_device", {"bootdev": "pxe"}, holder).status, 401)
        self.assertEqual(self.daemon.call("POST", "/node/n2/power_on", headers=holder).status, 404)
        # ?token= is for obmd's calls only.
        self.assertEqual(self.daemon.call("POST", "/node/n1/power_on?token=" + made["token"]).status, 401)
        self.daemon.terminate()
        self.daemon = self.start(CLOSED)
        self.ask("POST", "/node/n1/power_off", headers=holder)
        listed = self.ask("GET", "/v0/node/n1/tokens")
        self.assertEqual([one["id"] for one in listed.json], [made["id"]])
        self.ask("DELETE", f"/v0/node/n1/token/{made['id']}")
        self.assertEqual(self.daemon.call("POST", "/node/n1/power_on", headers=holder).status, 401)
        self.daemon.terminate()
        everything = [file.read_bytes() for file in self.folder.rglob("*") if file.is_file() and file.name != "admin.token"]
        for secret in (made["token"], ADMIN_TOKEN):
            self.assertFalse([text for text in everything if secret.encode() in text])
        self.assertNotIn(made["token"], listed.body)
        self.daemon = self.start(CLOSED)
        self.assertEqual(self.daemon.call("POST", "/node/n1/power_on", headers=holder).status, 401)

    def test_the_audit_trail_page_by_page(self):
        for verb in ("power_on", "reset", "power_off"):
            self.daemon.call("POST", f"/node/n1/{verb}", headers=dict(self.admin, **{"X-Request-Id": "mine-" + verb}))
        self.assertEqual(self.daemon.call("POST", "/node/n1/power_cycle", headers={}).status, 401)
        seen, before = [], ""
        while before is not None:
            page = self.ask("GET", f"/v0/audit?node=n1&who=admin&limit=1{before}").json
            seen += [(one["operation"], one["outcome"]) for one in page["records"]]
            before = None if page["next"] is None else "&before=" + page["next"]
        self.assertEqual(seen, [("power_off", "accepted"), ("reset", "accepted"), ("power_on", "accepted"), ("register", "done")])
        records = self.ask("GET", "/v0/audit").json["records"]
        self.assertEqual(records[0]["request"], "mine-power_off")
        whole = self.ask("GET", f"/v0/audit?since={records[0]['time']}").json["records"]
        self.assertEqual([one["operation"] for one in whole][0], "power_off")
        until = self.ask("GET", f"/v0/audit?until={records[-1]['time']}").json
        self.assertEqual(until, {"records": [], "next": None})


if __name__ == "__main__":
    haas_e2e.main()
