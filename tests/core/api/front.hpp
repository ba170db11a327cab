// The API on a house of scripted drivers, called without a socket.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "core/api/api.hpp"
#include "core/api/tasks.hpp"
#include "core/console/posix_files.hpp"
#include "tests/core/node/house.hpp"
#include "tests/core/store/temp_folder.hpp"

namespace haas::api {

inline const std::string scripted(node::scripted_type);

// Keeps what it is given, and answers from the loop as the real ones do.
class MemoryTokens final : public store::TokenStore {
public:
    explicit MemoryTokens(Loop& loop) : loop_(loop) {}
    Result<std::vector<store::TokenRecord>> load_tokens() override { return std::vector<store::TokenRecord>{}; }
    void put_token(store::TokenRecord, store::Done done) override {
        loop_.post([done = std::move(done)] { done({}); });
    }
    void remove_token(std::string, store::Done done) override {
        loop_.post([done = std::move(done)] { done({}); });
    }

private:
    Loop& loop_;
};

class MemoryAudit final : public store::AuditStore {
public:
    explicit MemoryAudit(Loop& loop) : loop_(loop) {}
    void add_audit(store::AuditRecord record) override {
        record.id = static_cast<std::int64_t>(records.size()) + 1;
        records.push_back(std::move(record));
    }
    void read_audit(store::AuditQuery query, AuditDone done) override {
        asked = std::move(query);
        loop_.post([this, done = std::move(done)] { done(std::vector(records.rbegin(), records.rend())); });
    }

    std::vector<store::AuditRecord> records;
    store::AuditQuery asked;

private:
    Loop& loop_;
};

class MemoryTasks final : public store::TaskStore {
public:
    explicit MemoryTasks(Loop& loop) : loop_(loop) {}
    Result<std::vector<store::TaskRecord>> load_tasks() override {
        std::vector<store::TaskRecord> all;
        for (const auto& [id, record] : records) all.push_back(record);
        return all;
    }
    void put_task(store::TaskRecord record, store::Done done) override {
        Result<void> result;
        if (failure) result = tl::unexpected(*failure);
        for (const auto& [id, other] : records) {
            const bool taken = id != record.id && other.who == record.who && !record.key.empty() && other.key == record.key;
            if (taken) result = fail(Errc::duplicate, "the key is taken");
        }
        if (result) records[record.id] = std::move(record);
        loop_.post([result, done = std::move(done)] { done(result); });
    }

    std::optional<Error> failure;  // of every change, while it is set
    std::map<std::string, store::TaskRecord> records;

private:
    Loop& loop_;
};

struct Front : node::House {
    explicit Front(node::Registry::Options options = {})
        : House(options),
          services{loop, registry, tokens, tickets, audit, tasks, consoles, schemas, {32, options.dry_run, {"test.bare", "test.scripted"}}} {}

    // Lets a minute pass, in which every operation is answered, but for those of the disk, which are waited for.
    http::Response ask(http::Request request) {
        std::optional<http::Response> answer;
        request.peer = "127.0.0.1:1";
        request.id = "request-1";
        api.handle(std::move(request), [&](http::Response response) { answer = std::move(response); });
        loop.advance(std::chrono::minutes(1));
        loop.run_until([&] { return answer.has_value(); });
        return answer.value();
    }
    http::Response call(const std::string& method, const std::string& target, const std::string& body = "") {
        return ask({.method = method, .target = target, .headers = {}, .body = body, .peer = {}});
    }
    // "200 body"
    std::string said(const std::string& method, const std::string& target, const std::string& body = "") {
        const http::Response response = call(method, target, body);
        return std::to_string(response.status) + " " + response.body;
    }
    // A node whose machine is machine(label).
    void put(const std::string& label) {
        const std::string body = R"({"obm": {"type": ")" + scripted + R"(", "host": ")" + label + R"(", "password": "s3cret"}})";
        REQUIRE(said("PUT", "/node/" + label, body) == "200 ");
    }

    MemoryTokens token_store{loop};
    MemoryAudit audit{loop};
    auth::Tokens tokens{loop, token_store};
    auth::Tickets tickets{loop};
    MemoryTasks task_store{loop};
    Tasks tasks{loop, task_store};
    test::TempFolder folder;
    console::History history{std::move(console::open_files(folder / "console").value()), {}, loop};
    console::Consoles consoles{loop, registry, history, console::Mode::on_demand, {}};
    Schemas schemas = schemas_of(registry);
    Services services;
    // Who calls; an error is what the door says.
    Result<auth::Principal> who = auth::Principal::anonymous();
    Api api{[this](const auth::Credentials&, auth::Gate::Answer answer) { answer(who); }, services};
};

// What a ValidationError answers; quotes in the sentence are escaped by whoever writes it.
inline std::string validation(const std::string& sentence) {
    return "400 {\"type\":\"ValidationError\",\"msg\":\"" + sentence + "\",\"code\":\"invalid\"}";
}

}  // namespace haas::api
