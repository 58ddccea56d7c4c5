/** Measures what arrives in the call of a page. Needs the test switches `hongyanCallTest`. */
window.callMeter = (() => {
  const call = () => hongyanCallTest.calls.current;

  /** What arrives from each other participant, since the beginning. */
  async function edges() {
    const all = {};
    for (const [participant, stats] of await call().stats()) {
      const edge = { frames: 0, video: 0, audio: 0, dtls: "", candidates: [], selected: [] };
      for (const one of stats.values()) {
        if (one.type === "inbound-rtp" && one.kind === "video") {
          edge.frames += one.framesDecoded ?? 0;
          edge.video += one.bytesReceived;
        }
        if (one.type === "inbound-rtp" && one.kind === "audio") edge.audio += one.bytesReceived;
        if (one.type === "local-candidate") edge.candidates.push(one.candidateType);
        if (one.type === "transport") {
          edge.dtls = one.dtlsState;
          const pair = stats.get(one.selectedCandidatePairId);
          const ends = [stats.get(pair?.localCandidateId), stats.get(pair?.remoteCandidateId)];
          edge.selected = ends.map((end) => end?.candidateType ?? "none");
        }
      }
      all[participant] = edge;
    }
    return all;
  }

  /** Whether a participant should be heard. */
  const speaks = (id) => call().participants.some(({ participant, media }) => participant === id && media.microphone);

  const others = () => call().participants.filter(({ mine, state }) => !mine && state === "joined").length;

  const meter = {
    edges,
    /** How many others are connected. */
    connected: () => call()?.participants.filter(({ mine, link }) => !mine && link.state === "connected").length,
    /** Whether media has arrived from all others, at least five seconds after the last call of `measure`. */
    flowing: false,
    /** From how many others media had arrived when that was checked last. */
    flows: 0,
    async measure() {
      const sample = await edges();
      const began = (meter.began = {});
      meter.flowing = false;
      meter.flows = 0;
      const grew = ([participant, edge]) => {
        const before = sample[participant] ?? { frames: 0, video: 0, audio: 0 };
        const seen = edge.frames > before.frames && edge.video > before.video;
        const heard = edge.audio > before.audio || !speaks(participant);
        return seen && heard && edge.dtls === "connected";
      };
      const check = async () => {
        if (meter.began !== began) return;
        const all = Object.entries(await edges().catch(() => ({})));
        meter.flows = all.filter(grew).length;
        meter.flowing = all.length > 0 && all.length === others() && meter.flows === all.length;
        if (!meter.flowing) setTimeout(check, 500);
      };
      setTimeout(check, 5_000);
      return sample;
    },
  };
  return meter;
})();
