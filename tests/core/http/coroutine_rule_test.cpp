// The proof of a house rule: no braced aggregate and no capturing lambda as a temporary inside a co_await expression.
// g++ 12.2 destroys such a temporary twice; named and then moved, it is destroyed once, by every compiler.
#include <coroutine>
#include <exception>
#include <utility>

#include <catch2/catch.hpp>

namespace {

int alive = 0;

// Counts itself, and holds nothing that a second destruction could break.
struct Counted {
    Counted() { ++alive; }
    Counted(const Counted&) { ++alive; }
    Counted(Counted&&) noexcept { ++alive; }
    Counted& operator=(const Counted&) = default;
    Counted& operator=(Counted&&) noexcept = default;
    ~Counted() { --alive; }
};

// No constructor of its own: this is what the compiler gets wrong.
struct Aggregate {
    Counted member;
};

struct Task {
    struct promise_type {
        Task get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
};

template <class Value>
struct Taken {
    Value value;
    bool await_ready() noexcept { return false; }
    bool await_suspend(std::coroutine_handle<>) noexcept { return false; }
    void await_resume() noexcept {}
};

template <class Value>
Taken<Value> take(Value value) {
    return {std::move(value)};
}

Task aggregate_named() {
    Aggregate named{Counted()};
    co_await take(std::move(named));
}

Task lambda_named() {
    Counted caught;
    auto named = [caught] { return &caught; };
    co_await take(std::move(named));
}

Task aggregate_temporary() { co_await take(Aggregate{Counted()}); }

}  // namespace

TEST_CASE("what is named and then moved into a co_await is destroyed exactly once") {
    alive = 0;
    aggregate_named();
    CHECK(alive == 0);
    lambda_named();
    CHECK(alive == 0);
}

TEST_CASE("a braced temporary inside a co_await is what the rule is about") {
    alive = 0;
    aggregate_temporary();
    if (alive != 0) WARN("this compiler destroyed the temporary " << 1 - alive << " times: the rule is needed");
    CHECK(alive <= 0);  // never leaked; below zero is the defect
}
