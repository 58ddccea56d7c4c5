/** The strokes of all icons. */
const LINE = 'fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"';

export default `<svg xmlns="http://www.w3.org/2000/svg">
  <symbol id="envelope" viewBox="0 0 24 24" ${LINE}>
    <rect x="5" y="3.5" width="14" height="17" rx="2.600"/>
    <path d="M5 7.600c1.600 2 3 3 4.700 3.500M19 7.600c-1.600 2-3 3-4.700 3.500"/>
    <circle cx="12" cy="11.700" r="2.400"/>
  </symbol>
  <symbol id="crown" viewBox="0 0 24 24" fill="currentColor">
    <path d="M4.500 18.500h15L21.500 8l-5.300 3.400L12 4.500l-4.200 6.900L2.500 8z"/>
  </symbol>
  <symbol id="seal" viewBox="0 0 24 24" ${LINE}>
    <path d="M12 3.500 19 6v5.500c0 4.300-2.900 7.300-7 9-4.100-1.700-7-4.700-7-9V6z"/>
    <path d="m8.800 12 2.300 2.300 4.300-4.600"/>
  </symbol>
  <symbol id="goose" viewBox="2 4 62 47" fill="currentColor">
    <path d="M5.500 44 25 36.500 18.500 48z" opacity=".55"/>
    <path d="M30.500 24.500 33 7 41.500 28z" opacity=".55"/>
    <path d="M25 36.500 8.500 12.500 38 31z" opacity=".8"/>
    <path d="M8.500 12.500 38 31 33.200 20.500z"/>
    <path d="M18.500 48 25 36.500 38 31C42 28.800 44.600 24.800 48 21.600 50.400 19.400 54 19.800 55.200
      22.200L60.500 24.800 55 26C51.400 27 49 30.200 46 34.400 40.500 42 31 47 18.500 48z"/>
  </symbol>
</svg>`;
