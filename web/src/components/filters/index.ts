export { describeFilter } from "./describe";
export { type ApiFilter, apiFilters, filtersCodec, filtersParam } from "./encode";
export { FilterBar, FilterChip } from "./filter-bar";
export { FilterEditor } from "./filter-editor";
export { type Filter, type FilterField, type FilterOperator, type FilterOption, type FilterType, isComplete, isSameFilter, operatorLabel } from "./model";
