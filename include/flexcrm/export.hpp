#pragma once

/// FLEXCRM_API marks what a shared library exports; everything else is hidden. FLEXCRM_HIDDEN: a part of an exported class
/// that is not.
#if defined(_WIN32) && defined(FLEXCRM_SHARED)
#if defined(FLEXCRM_BUILDING)
#define FLEXCRM_API __declspec(dllexport)
#else
#define FLEXCRM_API __declspec(dllimport)
#endif
#define FLEXCRM_HIDDEN
#elif defined(__GNUC__)
#define FLEXCRM_API __attribute__((visibility("default")))
#define FLEXCRM_HIDDEN __attribute__((visibility("hidden")))
#else
#define FLEXCRM_API
#define FLEXCRM_HIDDEN
#endif
