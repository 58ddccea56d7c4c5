/** The strokes of all icons. */
const LINE = 'fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"';

/** A handset: the icon of a call, and, turned, that of its end. */
const HANDSET = `M6.200 3.800h2.300a1 1 0 0 1 .9.600l1.300 3.100a1 1 0 0 1-.3 1.200L8.700 10a11.500 11.500 0 0 0 5.300
  5.300l1.300-1.700a1 1 0 0 1 1.200-.3l3.100 1.300a1 1 0 0 1 .6.9v2.300a2 2 0 0 1-2.200 2A16.300 16.300 0 0 1 4.200
  6a2 2 0 0 1 2-2.200z`;

const CAMERA = `
    <rect x="2.800" y="6.200" width="12.400" height="11.600" rx="2.800"/>
    <path d="m15.200 11 5.900-3.300v8.600L15.200 13"/>`;

const MICROPHONE = `
    <rect x="8.900" y="2.900" width="6.200" height="11.200" rx="3.100"/>
    <path d="M5.600 11.300a6.400 6.400 0 0 0 12.800 0M12 17.700v3.400"/>`;

const SPEAKER = '<path d="M4 9.500v5h3.400l4.600 4v-13l-4.600 4z"/>';

const SLASH = '<path d="M4 3.500 20.500 20"/>';

export default `<svg xmlns="http://www.w3.org/2000/svg">
  <symbol id="call-audio" viewBox="0 0 24 24" ${LINE}><path d="${HANDSET}"/></symbol>
  <symbol id="call-leave" viewBox="0 0 24 24" fill="currentColor">
    <path transform="rotate(135 12 12)" d="${HANDSET}"/>
  </symbol>
  <symbol id="call-video" viewBox="0 0 24 24" ${LINE}>${CAMERA}</symbol>
  <symbol id="call-video-off" viewBox="0 0 24 24" ${LINE}>${CAMERA}${SLASH}</symbol>
  <symbol id="call-microphone" viewBox="0 0 24 24" ${LINE}>${MICROPHONE}</symbol>
  <symbol id="call-microphone-off" viewBox="0 0 24 24" ${LINE}>${MICROPHONE}${SLASH}</symbol>
  <symbol id="call-speaker" viewBox="0 0 24 24" ${LINE}>
    ${SPEAKER}
    <path d="M15.500 9a4.200 4.200 0 0 1 0 6M18 6.500a7.800 7.800 0 0 1 0 11"/>
  </symbol>
  <symbol id="call-silence" viewBox="0 0 24 24" ${LINE}>
    ${SPEAKER}
    <path d="m16 9.700 4.600 4.600M20.600 9.700 16 14.300"/>
  </symbol>
  <symbol id="call-screen" viewBox="0 0 24 24" ${LINE}>
    <rect x="2.800" y="4.200" width="18.400" height="12.600" rx="2.400"/>
    <path d="M8.500 20.300h7M12 13.600V7.700M9.300 10.100 12 7.400l2.700 2.700"/>
  </symbol>
  <symbol id="call-hand" viewBox="0 0 24 24" ${LINE}>
    <path d="M8.400 12.300V6.100a1.450 1.450 0 0 1 2.900 0v4.700m0-6a1.450 1.450 0 0 1 2.900 0v6m0-4.600a1.450 1.450 0 0
      1 2.900 0v7.600a6.700 6.700 0 0 1-6.700 6.700c-2.500 0-4-1-5.300-3.100l-2.400-3.900a1.450 1.450 0 0 1
      2.400-1.600l1.700 2.200"/>
  </symbol>
  <symbol id="call-minimise" viewBox="0 0 24 24" ${LINE}><path d="m5.500 9 6.500 6.500L18.500 9"/></symbol>
  <symbol id="call-expand" viewBox="0 0 24 24" ${LINE}>
    <path d="M14 4.500h5.500V10M10 19.500H4.500V14M19 5l-5.700 5.700M5 19l5.700-5.700"/>
  </symbol>
  <symbol id="call-focus" viewBox="0 0 24 24" ${LINE}>
    <rect x="3.500" y="4.500" width="17" height="9.800" rx="2"/>
    <path d="M4.500 18.500h3M10.500 18.500h3M16.500 18.500h3"/>
  </symbol>
  <symbol id="call-picture" viewBox="0 0 24 24" ${LINE}>
    <path d="M20.500 10.500v-3a2.400 2.400 0 0 0-2.400-2.400H5.900a2.400 2.400 0 0 0-2.400 2.400v9a2.400 2.400 0 0 0
      2.400 2.400h3.600"/>
    <rect x="12.700" y="13" width="8.300" height="6" rx="1.400" fill="currentColor"/>
  </symbol>
  <symbol id="call-remove" viewBox="0 0 24 24" ${LINE}>
    <circle cx="10" cy="8" r="3.700"/>
    <path d="M3.500 19.500c.5-3.600 3-5.600 6.500-5.600 1.500 0 2.800.4 3.900 1.100M15.500 19h5.500"/>
  </symbol>
  <symbol id="call-weak" viewBox="0 0 24 24" ${LINE}>
    <path d="M5 19.500v-3M10 19.500v-6.500"/>
    <path opacity=".35" d="M15 19.500v-10M20 19.500V6"/>
  </symbol>
</svg>`;
