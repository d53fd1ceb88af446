#pragma once

/// Marks what a shared library exports; everything else is hidden.
#if defined(_WIN32) && defined(FLEXCRM_SHARED)
#if defined(FLEXCRM_BUILDING)
#define FLEXCRM_API __declspec(dllexport)
#else
#define FLEXCRM_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define FLEXCRM_API __attribute__((visibility("default")))
#else
#define FLEXCRM_API
#endif
