// A shared object that is no driver.
extern "C" int plain_library();
int plain_library() { return 0; }
