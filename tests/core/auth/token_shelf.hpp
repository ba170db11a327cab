// A TokenStore in memory that answers when the test says so, and can be told to fail.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <set>
#include <utility>

#include "core/store/token_store.hpp"

namespace haas::test {

class TokenShelf final : public store::TokenStore {
public:
    std::vector<store::TokenRecord> records;
    std::set<std::string> nodes{"n1", "n2"};
    bool disk_full = false;

    Result<std::vector<store::TokenRecord>> load_tokens() override {
        if (disk_full) return fail(Errc::internal, "haas.db: the disk is full");
        return records;
    }
    void put_token(store::TokenRecord record, store::Done done) override {
        submit(std::move(done), [this, record]() -> Result<void> {
            if (nodes.count(record.node) == 0) return fail(Errc::not_found, "there is no node " + record.node);
            if (record.obmd) {
                std::erase_if(records, [&](const auto& one) { return one.obmd && one.node == record.node; });
            }
            records.push_back(record);
            return {};
        });
    }
    void remove_token(std::string id, store::Done done) override {
        submit(std::move(done), [this, id]() -> Result<void> {
            if (std::erase_if(records, [&](const auto& one) { return one.id == id; }) == 0) {
                return fail(Errc::not_found, "there is no such token");
            }
            return {};
        });
    }

    // Answers all that was submitted, in order.
    void work() {
        while (!submitted_.empty()) {
            auto [work, done] = std::move(submitted_.front());
            submitted_.pop_front();
            done(disk_full ? fail(Errc::internal, "haas.db: the disk is full") : work());
        }
    }

private:
    using Work = std::function<Result<void>()>;
    void submit(store::Done done, Work work) { submitted_.emplace_back(std::move(work), std::move(done)); }

    std::deque<std::pair<Work, store::Done>> submitted_;
};

}  // namespace haas::test
