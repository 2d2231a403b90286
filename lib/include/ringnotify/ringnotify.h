#ifndef RINGNOTIFY_RINGNOTIFY_H
#define RINGNOTIFY_RINGNOTIFY_H

/* ringnotify: file-system notification for Linux services.  This header
 * includes the whole public interface; base.h states its conventions. */

#include "ringnotify/base.h"
#include "ringnotify/chain.h"
#include "ringnotify/counter.h"
#include "ringnotify/event.h"
#include "ringnotify/filesystem.h"
#include "ringnotify/filter.h"
#include "ringnotify/handler.h"
#include "ringnotify/health.h"
#include "ringnotify/inotify.h"
#include "ringnotify/limit.h"
#include "ringnotify/mask.h"
#include "ringnotify/notifier.h"
#include "ringnotify/print.h"
#include "ringnotify/thread_notifier.h"
#include "ringnotify/watch.h"
#include "ringnotify/watch_manager.h"

#endif
