/** The strokes of all icons. */
const LINE = 'fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"';

export default `<svg xmlns="http://www.w3.org/2000/svg">
  <symbol id="location-pin" viewBox="0 0 24 24" ${LINE}>
    <path d="M12 21.200c4.600-4.800 6.900-8.500 6.900-11.300a6.900 6.900 0 0 0-13.800 0c0 2.800 2.300 6.500
      6.900 11.300z"/>
    <circle cx="12" cy="9.800" r="2.500"/>
  </symbol>
  <symbol id="location-live" viewBox="0 0 24 24" ${LINE}>
    <circle cx="12" cy="12" r="2.600" fill="currentColor" stroke="none"/>
    <path d="M8.100 15.900a5.500 5.500 0 0 1 0-7.800M15.900 8.100a5.500 5.500 0 0 1 0 7.800"/>
    <path d="M5.300 18.700a9.500 9.500 0 0 1 0-13.400M18.700 5.300a9.500 9.500 0 0 1 0 13.400"/>
  </symbol>
  <symbol id="location-own" viewBox="0 0 24 24" ${LINE}>
    <circle cx="12" cy="12" r="6.200"/>
    <circle cx="12" cy="12" r="2" fill="currentColor" stroke="none"/>
    <path d="M12 2.600v3.200M12 18.200v3.200M2.600 12h3.200M18.200 12h3.200"/>
  </symbol>
  <symbol id="location-all" viewBox="0 0 24 24" ${LINE}>
    <path d="M4 8.500V6a2 2 0 0 1 2-2h2.500M15.500 4H18a2 2 0 0 1 2 2v2.500M20 15.500V18a2 2 0 0 1-2 2h-2.500M8.500
      20H6a2 2 0 0 1-2-2v-2.500"/>
    <circle cx="9.300" cy="13.600" r="1.700"/>
    <circle cx="14.700" cy="10.400" r="1.700"/>
  </symbol>
  <symbol id="location-zoom-in" viewBox="0 0 24 24" ${LINE}><path d="M12 5.500v13M5.500 12h13"/></symbol>
  <symbol id="location-zoom-out" viewBox="0 0 24 24" ${LINE}><path d="M5.500 12h13"/></symbol>
  <symbol id="location-heading" viewBox="0 0 24 24" fill="currentColor">
    <path d="M12 3 18 15.500 12 12.600 6 15.500z"/>
  </symbol>
  <symbol id="location-pause" viewBox="0 0 24 24" fill="currentColor">
    <rect x="6.500" y="5" width="4" height="14" rx="1.500"/>
    <rect x="13.500" y="5" width="4" height="14" rx="1.500"/>
  </symbol>
  <symbol id="location-eye" viewBox="0 0 24 24" ${LINE}>
    <path d="M2.800 12c2.300-4.100 5.400-6.200 9.200-6.200s6.900 2.100 9.200 6.200c-2.300 4.100-5.400 6.200-9.200
      6.200S5.100 16.100 2.800 12z"/>
    <circle cx="12" cy="12" r="2.800"/>
  </symbol>
  <symbol id="nearby" viewBox="0 0 24 24" ${LINE}>
    <circle cx="12" cy="12" r="9.200"/>
    <circle cx="12" cy="12" r="4.600"/>
    <circle cx="12" cy="12" r="1.300" fill="currentColor" stroke="none"/>
    <circle cx="17.600" cy="7.600" r="1.500" fill="currentColor" stroke="none"/>
  </symbol>
</svg>`;
