/**
 * Makes calls with the client library, on a page without the web client. Adds to the page: `hongyan`, `calls`, the
 * test switches `hongyanCallTest`, and `phone`, which is what the test asks.
 */
async () => {
  window.hongyanCallTest = {
    constraints: {
      microphone: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
      camera: { width: { ideal: 160 }, height: { ideal: 120 }, frameRate: { ideal: 5 } },
    },
  };
  const { Hongyan } = await import("/hongyan.js");
  const { Calls } = await import("/features/call/client.js");
  const hongyan = new Hongyan();
  const calls = new Calls(hongyan);
  const notices = [];
  const follow = () => {
    if (!calls.current || calls.current.followed) return;
    calls.current.followed = true;
    calls.current.on("notice", ({ key }) => notices.push(key));
  };
  calls.on("changed", follow);

  /** What arrives from each other participant: video frames and bytes since the beginning. */
  async function edges() {
    const all = {};
    for (const [participant, stats] of await calls.current.stats()) {
      const edge = { frames: 0, bytes: 0, audio: 0, dtls: "", candidates: [] };
      for (const one of stats.values()) {
        if (one.type === "inbound-rtp" && one.kind === "video") edge.frames += one.framesDecoded ?? 0;
        if (one.type === "inbound-rtp" && one.kind === "audio") edge.audio += one.bytesReceived;
        if (one.type === "inbound-rtp") edge.bytes += one.bytesReceived;
        if (one.type === "transport") edge.dtls = one.dtlsState;
        if (one.type === "local-candidate") edge.candidates.push(one.candidateType);
      }
      all[participant] = edge;
    }
    return all;
  }

  /** Whether media has arrived from all other participants since the sample. */
  async function flowsSince(sample) {
    const all = Object.entries(await edges());
    return (
      all.length === calls.current.participants.filter(({ mine, state }) => !mine && state === "joined").length &&
      all.every(([participant, edge]) => {
        const before = sample[participant] ?? { frames: 0, bytes: 0, audio: 0 };
        const more = edge.frames > before.frames && edge.bytes > before.bytes && edge.audio > before.audio;
        return more && edge.dtls === "connected";
      })
    );
  }

  window.phone = {
    notices,
    edges,
    /** Whether media has arrived from all others, at least five seconds after the last call of `measure`. */
    flowing: false,
    async measure() {
      const sample = await edges();
      phone.flowing = false;
      const check = async () => {
        if (await flowsSince(sample).catch(() => false)) phone.flowing = true;
        else setTimeout(check, 500);
      };
      setTimeout(check, 5_000);
      return sample;
    },
    connectedTo: (count) =>
      calls.current?.participants.filter(({ mine, link }) => !mine && link.state === "connected").length === count,
    other: () => calls.current.participants.find(({ mine }) => !mine),
  };
  Object.assign(window, { hongyan, calls });
  const welcome = new Promise((resolve) => hongyan.on("welcome", resolve));
  hongyan.start();
  await welcome;
};
