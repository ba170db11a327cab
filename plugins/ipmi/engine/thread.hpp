// How a thread of this driver begins: with a name for debuggers, and deaf to signals, which are the host's to handle.
#pragma once

#include <pthread.h>

#include <csignal>
#include <thread>
#include <utility>

namespace haas::ipmi {

// `name` has at most 15 bytes.
template <class Body>
std::thread start_thread(const char* name, Body body) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    // A new thread inherits the mask.
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread thread(std::move(body));
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_setname_np(thread.native_handle(), name);
    return thread;
}

}  // namespace haas::ipmi
