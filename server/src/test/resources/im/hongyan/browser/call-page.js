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

  window.phone = {
    notices,
    connectedTo: (count) => callMeter.connected() === count,
    other: () => calls.current.participants.find(({ mine }) => !mine),
  };
  Object.assign(window, { hongyan, calls });
  const welcome = new Promise((resolve) => hongyan.on("welcome", resolve));
  hongyan.start();
  await welcome;
};
