export const DataSetPage = () => <h1>Data set</h1>
