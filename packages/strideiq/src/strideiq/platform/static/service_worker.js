// Shows a page of its own when the server cannot be reached. It keeps that page and nothing else:
// no page of an athlete is ever stored on the device.

const version = new URL(location.href).searchParams.get("v");
const cache = `offline-${version}`;

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const answer = await fetch("/offline", { credentials: "omit", cache: "reload" });
      if (!answer.ok) throw new Error("the offline page did not come");
      const page = await answer.clone().text();
      const needed = [...page.matchAll(/href="(\/static\/[^"]+)"/g)].map((found) => found[1]);
      const store = await caches.open(cache);
      await store.addAll(needed);
      await store.put("/offline", answer);
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const names = await caches.keys();
      await Promise.all(names.filter((name) => name.startsWith("offline-") && name !== cache).map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate" && request.method === "GET") {
    event.respondWith(fetch(request).catch(() => caches.match("/offline").then((kept) => kept ?? Response.error())));
  } else if (/\/(offline\.css|mark\.svg)$/.test(new URL(request.url).pathname)) {
    // What the offline page needs comes from its own cache only when the server does not answer.
    event.respondWith(fetch(request).catch(() => caches.match(request).then((kept) => kept ?? Response.error())));
  }
});
